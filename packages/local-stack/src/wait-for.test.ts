import { expect, test } from "vitest";
import { GaveUp, waitFor } from "./wait-for.ts";

test("returns what the condition gives once it holds", async () => {
  let tries = 0;
  const found = await waitFor(() => (++tries < 3 ? undefined : "there"), { what: "it", deadlineMs: 1_000, everyMs: 1 });
  expect([found, tries]).toEqual(["there", 3]);
});

test("a throw counts as not yet, and its message is told at the deadline", async () => {
  const never = () => {
    throw new Error("connection refused");
  };
  await expect(waitFor(never, { what: "an answer", deadlineMs: 20, everyMs: 5 })).rejects.toThrow(
    /an answer did not happen .*connection refused/,
  );
});

test("giving up inside the condition ends the wait at once", async () => {
  const dead = () => {
    throw new GaveUp("it has ended");
  };
  await expect(waitFor(dead, { what: "it", deadlineMs: 60_000 })).rejects.toThrow("it has ended");
});

test("a signal ends the wait at once", async () => {
  const signal = AbortSignal.abort(new Error("called off"));
  await expect(waitFor(() => false, { what: "it", deadlineMs: 60_000, signal })).rejects.toThrow("called off");
});
