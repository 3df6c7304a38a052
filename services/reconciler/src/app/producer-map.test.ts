import { expect, test } from "vitest";
import { readFrom } from "./producer-map.ts";
import { observed } from "../core/testing/samples.ts";

const own = { name: "n1", email: "e1", nickname: "k1" };
const record = { name: "Jón", email: "jon@a.is", nickname: "X" };
const answer = { writeId: "w1", status: "applied" } as const;

test("an observation of the own map, or of no named one, is read as it is", () => {
  const observation = observed("firestore", 10, record);
  expect(readFrom(own, own, observation)).toBe(observation);
  expect(readFrom(own, undefined, observation)).toBe(observation);
});

test("what the producer does not map is unknown; of what was written it has named all that it left out", () => {
  const { nickname: _, ...older } = own;
  const read = readFrom(own, older, observed("firestore", 10, record, { answer, rejected: {} }));
  expect(read).toMatchObject({ unknown: ["nickname"], record: { name: "Jón", email: "jon@a.is" }, answer, rejected: {} });
  expect(read.record).not.toHaveProperty("nickname");
});

test("what the producer maps to other fields it has not written where we would read it", () => {
  const read = readFrom(own, { ...own, email: "other" }, observed("firestore", 10, record, { answer, rejected: {} }));
  const left = { email: { code: "unmapped" } };
  expect(read).toMatchObject({ unknown: ["email"], answer: { ...answer, rejected: left }, rejected: left });
});

test("an answer that wrote nothing stays as it is, and so does an observation that names no rejections", () => {
  const stale = { writeId: "w1", status: "stale" } as const;
  const read = readFrom(own, { ...own, email: "other" }, observed("firestore", 10, record, { answer: stale }));
  expect(read.answer).toEqual(stale);
  expect(readFrom(own, { ...own, email: "other" }, observed("firestore", 10, record))).not.toHaveProperty("rejected");
});
