import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { createMetrics } from "@member-sync/shared/telemetry/metrics.ts";
import { expect, test } from "vitest";
import { createClockWatch, createTelemetry } from "./telemetry.ts";

test("the line of what was given up on says why", () => {
  const lines: string[] = [];
  const log = createLogger({ service: "test", destination: { write: (line: string) => lines.push(line) } });
  const reason = "not done in 5 attempts: the answer has no result for this write id";
  createTelemetry(log, createMetrics("test"), () => 0).deadLettered("refused", reason, null);
  const line: unknown = JSON.parse(lines[0] ?? "{}");
  expect(line).toMatchObject({ deadLetterCause: "refused", rule: reason });
  expect(line).not.toHaveProperty("dropped");
});

test("clocks that part are told once, and once more when they agree again; the metric follows", async () => {
  const lines: string[] = [];
  const log = createLogger({ service: "test", destination: { write: (line: string) => lines.push(line) } });
  const metrics = createMetrics("test");
  const seen = createClockWatch(log, metrics);
  for (const leadMs of [900, -59_000, -7_200_000, -7_200_400, 600]) seen(leadMs);
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
    { level: "warn", lagMs: 7_200_000 },
    { level: "info", msg: expect.stringContaining("agree again") },
  ]);
  expect(await metrics.text()).toContain('membersync_django_clock_lead_seconds{service="test"} 0.6');
});
