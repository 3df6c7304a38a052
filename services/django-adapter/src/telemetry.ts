import type { Clock } from "@member-sync/shared/clock.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import { deadLetterCause, type DeadLetterCause } from "@member-sync/shared/messages/dead-letter.ts";
import type { Answer } from "@member-sync/shared/messages/observation.ts";
import type { Logger } from "@member-sync/shared/runtime/logging.ts";
import type { Metrics } from "@member-sync/shared/telemetry/metrics.ts";

/** One function per business event of this service: counter and log line live together. */
export interface Telemetry {
  /** A look at the outbox saw its oldest row, or none. */
  outboxSeen(oldestAt: number | undefined): void;
  rowsCaptured(rows: number, observations: number): void;
  kennitalaChanged(): void;
  drainFailed(error: unknown, failuresInARow: number): void;
  circuitChanged(isOpen: boolean): void;
  batchSent(commands: number): void;
  commandAnswered(memberRef: MemberRef, status: Answer["status"]): void;
  commandNotDone(memberRef: MemberRef, reason: string): void;
  applyFailed(error: unknown): void;
  applyNotPublished(error: unknown): void;
  deadLettered(cause: DeadLetterCause, reason: string, memberRef: MemberRef | null): void;
  nudged(outcome: "taken" | "repeated" | "refused"): void;
}

const OUTCOMES = ["applied", "stale", "rejected", "not-done"] as const;
const BATCH_SIZES = [1, 2, 5, 10, 25, 50, 100, 200] as const;
const FAILURES = ["django_unavailable", "django_unauthorised", "django_bad_answer", "django_refused", "bus_unavailable", "other"] as const;

export function createTelemetry(log: Logger, metrics: Metrics, clock: Clock): Telemetry {
  let oldestAt: number | undefined;
  const rows = metrics.counter("membersync_outbox_rows_total", "Rows taken out of Django's outbox");
  const observations = metrics.counter("membersync_observations_total", "Observations published by capture");
  const commands = metrics.counter("membersync_commands_total", "Commands for Django, by how they ended", { outcome: OUTCOMES });
  const failures = metrics.counter("membersync_django_failures_total", "Requests to Django that failed", { code: FAILURES });
  const deadLetters = metrics.counter("membersync_dead_letters_total", "Rows and commands given up on", { cause: deadLetterCause.options });
  const nudges = metrics.counter("membersync_nudges_total", "Nudges from Django", { outcome: ["taken", "repeated", "refused"] });
  const batches = metrics.histogram("membersync_apply_batch_commands", "Commands in one request to Django", [], BATCH_SIZES);
  const circuit = metrics.gauge("membersync_django_circuit_open", "1 while Django counts as down");
  circuit.set(0);
  metrics.gauge("membersync_outbox_oldest_seconds", "Age of the oldest row that waits in Django's outbox", [], (gauge) => {
    gauge.set(oldestAt === undefined ? 0 : Math.max(0, clock() - oldestAt) / 1000);
  });
  const countFailure = (error: unknown) => {
    const code = error instanceof SyncError ? FAILURES.find((known) => known === error.code) : undefined;
    failures.inc({ code: code ?? "other" });
  };

  return {
    outboxSeen(at) {
      oldestAt = at;
    },
    rowsCaptured(taken, published) {
      rows.inc(taken);
      observations.inc(published);
      log.debug({ items: taken, observations: published }, "outbox page published");
    },
    kennitalaChanged() {
      log.warn("a kennitala was changed in Django");
    },
    drainFailed(err, attempt) {
      countFailure(err);
      // The first says it; the next ones are expected while Django is down.
      log[attempt === 1 ? "warn" : "debug"]({ err, attempt }, "outbox could not be drained");
    },
    circuitChanged(isOpen) {
      circuit.set(isOpen ? 1 : 0);
      if (isOpen) log.error({ circuit: "open" }, "Django counts as down");
      else log.info({ circuit: "closed" }, "Django is back");
    },
    batchSent: (size) => batches.observe(size),
    commandAnswered(memberRef, outcome) {
      commands.inc({ outcome });
      log.debug({ memberRef, outcome }, "command answered");
    },
    commandNotDone(memberRef, rule) {
      commands.inc({ outcome: "not-done" });
      log.error({ memberRef, rule }, "command was not carried out");
    },
    applyFailed(err) {
      countFailure(err);
      const isExpected = err instanceof SyncError && err.code === "django_unavailable";
      log[isExpected ? "debug" : "warn"]({ err }, "commands could not be handed to Django");
    },
    applyNotPublished(err) {
      log.warn({ err }, "answers could not be published");
    },
    deadLettered(cause, reason, memberRef) {
      deadLetters.inc({ cause });
      log.warn({ deadLetterCause: cause, rule: reason, memberRef }, "given up, kept as a dead letter");
    },
    nudged(outcome) {
      nudges.inc({ outcome });
    },
  };
}

/** Two clocks farther apart than this: of edits that are truly concurrent, the wrong one may be taken for the later. */
const CLOCKS_APART_MS = 60_000;

/** Makes what is told, with each answer, by how much Django's clock is ahead of ours. */
export function createClockWatch(log: Logger, metrics: Metrics): (leadMs: number) => void {
  const lead = metrics.gauge("membersync_django_clock_lead_seconds", "By how much Django's clock is ahead of ours");
  let areApart = false;
  return (leadMs) => {
    lead.set(leadMs / 1000);
    const wereApart = areApart;
    areApart = Math.abs(leadMs) > CLOCKS_APART_MS;
    if (areApart === wereApart) return;
    if (areApart) log.warn({ lagMs: Math.round(-leadMs) }, "Django's clock and ours are apart");
    else log.info("Django's clock and ours agree again");
  };
}
