import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { createMetrics } from "@member-sync/shared/telemetry/metrics.ts";
import { expect, test } from "vitest";
import type { Run } from "./app/ports.ts";
import { createTelemetry } from "./telemetry.ts";

function said() {
  const lines: string[] = [];
  const log = createLogger({ service: "test", level: "trace", destination: { write: (line: string) => lines.push(line) } });
  return { telemetry: createTelemetry(log, createMetrics("test")), line: (): unknown => JSON.parse(lines.at(-1) ?? "{}") };
}

const notice = {
  id: "d1",
  cause: "unknown-version",
  reason: "schema member-change.v99, this consumer reads member-change.v1",
  origin: "reconciler",
  topic: "member-changes-django",
  memberRef: null,
  side: "django",
  data: "{}",
  attributes: {},
  at: 1,
} as const;

test("a dead letter's line says why, and where", () => {
  const { telemetry, line } = said();
  const why = { deadLetterCause: "unknown-version", rule: notice.reason, topic: "member-changes-django" };
  telemetry.messageDeadLettered(notice);
  expect(line()).toMatchObject(why);
  telemetry.deadLetterKept(notice);
  expect(line()).toMatchObject({ ...why, deadLetterId: "d1" });
  expect(line()).not.toHaveProperty("dropped");
});

test("a finished run's line has its type, its figures and, when it failed, the reason", () => {
  const { telemetry, line } = said();
  const run: Run = {
    id: "r1",
    type: "flush",
    status: "failed",
    stats: { firestore_to_django: { success: 3, failed: 1 }, django_to_firestore: { success: 2, failed: 0 }, conflicts: 1 },
    started_at: 1,
    completed_at: 2,
    error: "django_unavailable: Django does not answer.",
  };
  telemetry.runFinished(run);
  expect(line()).toMatchObject({
    level: "error",
    runId: "r1",
    kind: "flush",
    status: "failed",
    rule: "django_unavailable: Django does not answer.",
    counts: { firestoreToDjango: 3, firestoreToDjangoFailed: 1, djangoToFirestore: 2, djangoToFirestoreFailed: 0, conflicts: 1 },
  });
  expect(line()).not.toHaveProperty("dropped");
});

test("a pause is a line, too", () => {
  const { telemetry, line } = said();
  const steered = { direction: "both", suspicions: [], restores: [] } as const;
  telemetry.controlChanged({ ...steered, paused: true, reason: "Anna asked for it", changedAt: 1 });
  expect(line()).toMatchObject({ level: "warn", paused: true, direction: "both", msg: "the sync is held back" });
  expect(JSON.stringify(line())).not.toContain("Anna");
  telemetry.controlChanged({ ...steered, paused: false, reason: null, changedAt: 2 });
  expect(line()).toMatchObject({ level: "info", msg: "the sync is open in both directions" });
});

test("a sweep's line has its figures", () => {
  const { telemetry, line } = said();
  telemetry.swept({ resent: 4, released: 1 });
  expect(line()).toMatchObject({ counts: { resent: 4, released: 1 } });
});
