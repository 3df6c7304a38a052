import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { createMetrics } from "@member-sync/shared/telemetry/metrics.ts";
import { expect, test } from "vitest";
import { createTelemetry } from "./telemetry.ts";

test("the line of what was given up on says why", () => {
  const lines: string[] = [];
  const log = createLogger({ service: "test", destination: { write: (line: string) => lines.push(line) } });
  const reason = "not done in 5 attempts: the answer has no result for this write id";
  createTelemetry(log, createMetrics("test"), () => 0).deadLettered("refused", reason, null);
  const line: unknown = JSON.parse(lines[0] ?? "{}");
  expect(line).toMatchObject({ deadLetterCause: "refused", rule: reason });
  expect(line).not.toHaveProperty("dropped");
});
