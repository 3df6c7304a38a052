import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { expect, test } from "vitest";
import { runUntilStopped } from "./run-until-stopped.ts";

test("a start that fails names each wrong setting", async () => {
  const told: string[] = [];
  const problems = ["policies: there is no group emial", "maxBounces: Too small"];
  const start = () => Promise.reject(new SyncError("config_invalid", { problems }));
  expect(await runUntilStopped({ start, warn: (text) => told.push(text) })).toBe(1);
  expect(told).toEqual(problems);
});
