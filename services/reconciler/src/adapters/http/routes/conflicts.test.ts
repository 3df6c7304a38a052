import { describe, expect, it } from "vitest";
import { call, serverWith } from "../api.fixture.ts";
import type { DecisionRequest } from "../../../app/resolve-conflict.ts";
import type { ConflictQuery, UseCases } from "../use-cases.ts";
import type { Conflict } from "../../../core/conflict.ts";
import { encodeCursor } from "../../cursor.ts";

const memberRef = "abcdefghijklmnopqrst";
const conflict: Conflict = {
  id: `${memberRef}-email-4`,
  memberRef,
  group: "email",
  state: "open",
  cause: "concurrent",
  openedAt: Date.UTC(2026, 2, 1, 12),
  updatedAt: Date.UTC(2026, 2, 1, 13),
  expected: `${memberRef}-email-4.1`,
  agreed: null,
  django: { value: "d@example.is", changedAt: Date.UTC(2026, 2, 1, 11), actor: "user:3" },
  firestore: { value: "f@example.is", changedAt: 0, actor: null },
};
const wire = {
  id: conflict.id,
  memberRef,
  group: "email",
  state: "open",
  cause: "concurrent",
  openedAt: "2026-03-01T12:00:00.000Z",
  expected: conflict.expected,
  agreed: null,
  django: { value: "d@example.is", changedAt: "2026-03-01T11:00:00.000Z", actor: "user:3" },
  firestore: { value: "f@example.is", changedAt: null, actor: null },
};
const resolve = `POST /api/conflicts/${conflict.id}/resolve`;
const chosen = { choice: "django", expected: conflict.expected };

describe("GET conflicts", () => {
  it("tells a conflict in exactly the words of the contract", async () => {
    const asked: unknown[] = [];
    const conflicts: UseCases["conflicts"] = async (...args) => (asked.push(args), { items: [conflict], next: "more" });
    await using app = await serverWith({ conflicts });
    expect(await call(app, "GET /api/conflicts")).toEqual({ status: 200, body: { items: [wire], next: "more" } });
    expect(asked).toEqual([[{ state: "open" } satisfies ConflictQuery, null, 50]]);
  });

  it("hands on filter, cursor and limit", async () => {
    const asked: unknown[] = [];
    const conflicts: UseCases["conflicts"] = async (...args) => (asked.push(args), { items: [], next: null });
    await using app = await serverWith({ conflicts });
    const cursor = encodeCursor({ at: 1, id: "x" });
    await call(app, `GET /api/conflicts?state=all&memberRef=${memberRef}&limit=7&cursor=${cursor}`);
    expect(asked).toEqual([[{ state: "all", memberRef }, cursor, 7]]);
  });

  it("tells a refusal and a decision where there are some", async () => {
    const refusal = { side: "django", code: "invalid", message: "Enter a valid email address." } as const;
    const decision = { value: "d@example.is", actor: "user:1", at: Date.UTC(2026, 2, 2), note: null };
    const decided = { ...conflict, state: "decided", refusal, decision } as const;
    await using app = await serverWith({ conflict: async () => decided });
    const { body } = await call(app, `GET /api/conflicts/${conflict.id}`);
    expect(body).toEqual({ ...wire, state: "decided", refusal, decision: { ...decision, at: "2026-03-02T00:00:00.000Z" } });
  });

  it("says 404 of an id that is none", async () => {
    await using app = await serverWith({ conflict: async () => undefined });
    expect(await call(app, "GET /api/conflicts/none")).toMatchObject({ status: 404, body: { error: { code: "not_found" } } });
  });
});

describe("POST conflicts/:id/resolve", () => {
  it.each<[object, DecisionRequest]>([
    [chosen, { choice: "django", expected: conflict.expected }],
    [
      { ...chosen, choice: "firestore", note: "she rang" },
      { choice: "firestore", expected: conflict.expected, note: "she rang" },
    ],
    [
      { ...chosen, choice: "custom", value: null },
      { choice: "custom", value: null, expected: conflict.expected },
    ],
    [
      { ...chosen, choice: "custom", value: { city: "Hella" } },
      { choice: "custom", value: { city: "Hella" }, expected: conflict.expected },
    ],
  ])("decides %j", async (body, request) => {
    const asked: unknown[] = [];
    const decide: UseCases["decide"] = async (...args) => (asked.push(args), { kind: "decided", conflict });
    await using app = await serverWith({ decide });
    expect(await call(app, resolve, body, { "x-actor": "user:1" })).toEqual({ status: 200, body: wire });
    expect(asked).toEqual([[conflict.id, request, "user:1"]]);
  });

  it.each<[string, object]>([
    ["without a choice", { expected: "x" }],
    ["without the state that it was made on", { choice: "django" }],
    ["with a choice that is none", { ...chosen, choice: "both" }],
    ["of one's own without a value", { ...chosen, choice: "custom" }],
    ["of one side with a value", { ...chosen, value: "x" }],
    ["with a value that no group can hold", { ...chosen, choice: "custom", value: [1] }],
    ["with more than was asked for", { ...chosen, force: true }],
  ])("refuses a decision %s", async (_, body) => {
    await using app = await serverWith({});
    expect(await call(app, resolve, body)).toMatchObject({ status: 400, body: { error: { code: "validation_failed" } } });
  });

  it("answers an outdated decision with the conflict as it stands now", async () => {
    await using app = await serverWith({ decide: async () => ({ kind: "outdated", conflict }) });
    expect(await call(app, resolve, chosen)).toMatchObject({
      status: 409,
      body: { error: { code: "outdated", details: { conflict: wire } }, conflict: wire },
    });
  });

  it("says 404 of a conflict that is none, and 422 of a value that the group cannot take", async () => {
    await using unknown = await serverWith({ decide: async () => ({ kind: "unknown" }) });
    expect((await call(unknown, resolve, chosen)).status).toBe(404);
    await using invalid = await serverWith({ decide: async () => ({ kind: "invalid", reason: "an e-mail address has an @" }) });
    expect(await call(invalid, resolve, { ...chosen, choice: "custom", value: "x" })).toMatchObject({
      status: 422,
      body: { error: { code: "invalid_value", message: "an e-mail address has an @" } },
    });
  });

  it("says 422 of a choice of a side that has no such member", async () => {
    await using app = await serverWith({ decide: async () => ({ kind: "nobody-there", conflict }) });
    expect(await call(app, resolve, chosen)).toMatchObject({
      status: 422,
      body: { error: { code: "nobody_there", message: "That side has no such member, so it holds no value to choose." } },
    });
  });

  it("keeps no name for an actor who does not look like an id", async () => {
    const actors: unknown[] = [];
    const decide: UseCases["decide"] = async (_id, _decision, actor) => (actors.push(actor), { kind: "decided", conflict });
    await using app = await serverWith({ decide });
    await call(app, resolve, chosen, { "x-actor": "Jon Jonsson" });
    await call(app, resolve, chosen);
    expect(actors).toEqual([null, null]);
  });
});
