import { expect, test } from "vitest";
import { actorOf } from "./actor.ts";

const KEY = "a key of sixteen and more";

test.each([
  ["an opaque id stays", "aB3xYz90", "aB3xYz90"],
  ["no id leaves the kind of login", null, "app_user"],
  ["a blank id leaves the kind of login", "  ", "app_user"],
])("%s", (_rule, authId, actor) => {
  expect(actorOf({ authType: "app_user", authId }, KEY)).toBe(actor);
});

test.each([
  "anna@example.is",
  "anna%40example.is",
  "0101302989",
  "010130-2989",
  "kt-0101302989",
  "+3545551234",
  "555-1234",
  "Anna Jónsdóttir",
  "x".repeat(200),
])("an id that tells who it is becomes a hash: %#", (authId) => {
  const actor = actorOf({ authType: null, authId }, KEY);
  expect(actor).toMatch(/^hashed:[a-z2-7]{20}$/);
  expect(actorOf({ authType: null, authId }, KEY)).toBe(actor);
});

test("neither kind nor id is nobody", () => {
  expect(actorOf({ authType: null, authId: null }, KEY)).toBeNull();
});
