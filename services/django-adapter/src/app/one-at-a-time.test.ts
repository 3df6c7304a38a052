import { expect, test } from "vitest";
import { MEMBER_REF } from "../../test/recording.ts";
import type { DrainReport } from "./capture.ts";
import { oneAtATime } from "./one-at-a-time.ts";

function heldDrains() {
  const started: { readonly finish: () => void; readonly fail: (error: Error) => void }[] = [];
  const drain = oneAtATime(() => {
    const { promise, resolve, reject } = Promise.withResolvers<DrainReport>();
    const revision = String(started.length + 1);
    started.push({ finish: () => resolve({ published: [{ memberRef: MEMBER_REF, revision }], rows: 1 }), fail: reject });
    return promise;
  });
  return { started, drain };
}

const revisions = async (report: Promise<DrainReport>) => (await report).published.map(({ revision }) => revision);

test("callers during a drain share one more drain, and are told of both", async () => {
  const { started, drain } = heldDrains();
  const first = drain();
  const second = drain();
  const third = drain();
  expect(started).toHaveLength(1);
  started[0]?.finish();
  expect(await revisions(first)).toEqual(["1"]);
  await expect.poll(() => started.length).toBe(2);
  started[1]?.finish();
  expect(await revisions(second)).toEqual(["1", "2"]);
  expect(await revisions(third)).toEqual(["1", "2"]);
  expect(started).toHaveLength(2);
});

test("a drain that fails does not fail the one after it", async () => {
  const { started, drain } = heldDrains();
  const first = drain();
  const second = drain();
  started[0]?.fail(new Error("down"));
  await expect(first).rejects.toThrow("down");
  await expect.poll(() => started.length).toBe(2);
  started[1]?.finish();
  expect(await revisions(second)).toEqual(["2"]);
  const third = drain();
  started[2]?.finish();
  expect(await revisions(third)).toEqual(["3"]);
});
