import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { createMetrics } from "@member-sync/shared/telemetry/metrics.ts";
import { expect, test } from "vitest";
import { createTelemetry } from "./telemetry.ts";

test("the line of a dead letter says why", () => {
  const lines: string[] = [];
  const log = createLogger({ service: "test", destination: { write: (line: string) => lines.push(line) } });
  createTelemetry(log, createMetrics("test")).deadLettered("invalid-item", "the kennitala is a company's");
  const line: unknown = JSON.parse(lines[0] ?? "{}");
  expect(line).toMatchObject({ deadLetterCause: "invalid-item", rule: "the kennitala is a company's" });
  expect(line).not.toHaveProperty("dropped");
});
