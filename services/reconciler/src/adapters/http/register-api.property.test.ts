import fc from "fast-check";
import { expect, it } from "vitest";
import { sampleConflict, sampleNotice, sampleRun } from "../contract/sample.ts";
import { call, serverWith } from "./api.fixture.ts";

const letter = { ...sampleNotice("l"), state: "open", firstSeenAt: 0, lastSeenAt: 8.7e15, seen: 1 } as const;
const control = { paused: false, direction: "both", reason: null, changedAt: null, suspicions: [], restores: [] } as const;

const body = fc.oneof(
  fc.record(
    {
      choice: fc.constantFrom<unknown>("django", "firestore", "custom", null),
      value: fc.jsonValue(),
      expected: fc.string(),
      note: fc.oneof(fc.string(), fc.constant(null)),
      reason: fc.string(),
      paused: fc.oneof(fc.boolean(), fc.string()),
      direction: fc.constantFrom("both", "none", "up"),
      kennitala: fc.string(),
      filter: fc.record({ cause: fc.constantFrom("refused", "other") }, { requiredKeys: [] }),
      ratePerSecond: fc.double(),
    },
    { requiredKeys: [] },
  ),
  fc.dictionary(fc.string(), fc.jsonValue()),
);
const route = fc.constantFrom("conflicts/c/resolve", "dead-letters/l/discard", "dead-letters/replay", "control", "members/lookup");

it("no body that a client can send is answered with trouble of ours", { timeout: 60_000 }, async () => {
  await using app = await serverWith({
    decide: async () => ({ kind: "decided", conflict: sampleConflict("abcdefghijklmnopqrst") }),
    discard: async () => ({ kind: "done", letter }),
    replayMany: async () => ({ kind: "started", run: sampleRun("r") }),
    control: async () => control,
    lookup: async () => ({ kind: "invalid", reason: "a kennitala has ten digits" }),
  });
  const property = fc.asyncProperty(route, body, async (path, payload) => {
    const { status, body: answer } = await call(app, `POST /api/${path}`, payload);
    expect([200, 202, 400]).toContain(status);
    if (status === 400) expect(answer).toHaveProperty("error.code");
  });
  await fc.assert(property, { numRuns: 500 });
});

it("no query that a client can send is answered with trouble of ours", { timeout: 60_000 }, async () => {
  const page = async () => ({ items: [], next: null });
  await using app = await serverWith({ conflicts: page, deadLetters: page, runs: page });
  const list = fc.constantFrom("conflicts", "dead-letters", "runs");
  const query = fc.dictionary(
    fc.constantFrom("cursor", "limit", "state", "memberRef", "cause"),
    fc.oneof(fc.string(), fc.integer().map(String)),
  );
  const property = fc.asyncProperty(list, query, async (path, asked) => {
    const { status } = await call(app, `GET /api/${path}?${new URLSearchParams(asked).toString()}`);
    expect([200, 400]).toContain(status);
  });
  await fc.assert(property, { numRuns: 500 });
});
