import type { Logger } from "@member-sync/shared/runtime/logging.ts";
import type { Metrics } from "@member-sync/shared/telemetry/metrics.ts";
import type { DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { ConfirmedRestore, Control, Run, Suspicion } from "./app/ports.ts";
import type { SweepReport } from "./app/sweep.ts";
import type { Conflict } from "./core/conflict.ts";
import type { Plan } from "./core/plan.ts";

/** One function per business event: its counter and its log line live together. */
export interface Telemetry {
  changesTakenIn(observations: readonly Observation[], plans: readonly Plan[]): void;
  /** A message of a field map that has groups which this reconciler does not map. */
  mapNotKnownYet(map: string, groups: readonly string[]): void;
  messageDeadLettered(notice: DeadLetterNotice): void;
  conflictDecided(conflict: Conflict): void;
  controlChanged(control: Control): void;
  /** Sides were asked what they hold now, by how many members. */
  looked(counts: Readonly<Record<Side, number>>): void;
  restoreSuspected(suspicion: Suspicion): void;
  restoreConfirmed(restore: ConfirmedRestore): void;
  swept(report: SweepReport): void;
  sweepFailed(cause: unknown): void;
  deadLetterKept(notice: DeadLetterNotice): void;
  runFailed(type: Run["type"], cause: unknown): void;
  runFinished(run: Run): void;
}

export function createTelemetry(log: Logger, metrics: Metrics): Telemetry {
  const changes = metrics.counter("membersync_changes_total", "Edits taken in, by side and what became of them.", ["direction", "outcome"]);
  const conflicts = metrics.counter("membersync_conflicts_total", "Conflicts opened.", ["cause"]);
  const deadLetters = metrics.counter("membersync_dead_letters_total", "Items kept as dead letters.", ["cause"]);
  const kept = metrics.counter("membersync_dead_letters_kept_total", "Dead letters stored for an operator.", ["cause"]);
  const resent = metrics.counter("membersync_commands_resent_total", "Commands sent again by the sweep.", []);

  const ahead = metrics.counter(
    "membersync_messages_of_unknown_map_total",
    "Messages of a field map that this reconciler does not know yet; they are redelivered.",
  );
  const suspected = metrics.counter("membersync_restores_suspected_total", "Sides that seemed to have been restored from a backup.", {
    side: SIDES,
  });
  const looks = metrics.counter("membersync_looks_total", "Members that a side was asked about without a write.", { side: SIDES });
  const mapsReported = new Set<string>();

  return {
    changesTakenIn(observations, plans) {
      for (const plan of plans) {
        for (const { entries } of plan.history) for (const entry of entries) changes.inc({ direction: entry.side, outcome: entry.outcome });
        for (const conflict of plan.conflicts)
          if (conflict.state === "open" && conflict.updatedAt === conflict.openedAt) conflictOpened(conflict);
      }
      log.debug({ observations: observations.length, stored: plans.length }, "changes taken in");
    },
    mapNotKnownYet(map, groups) {
      ahead.inc();
      if (mapsReported.has(map)) return;
      mapsReported.add(map);
      log.warn({ map, groups }, "a message of a field map that this reconciler does not know yet is redelivered");
    },
    messageDeadLettered(notice) {
      deadLetters.inc({ cause: notice.cause });
      log.warn(toldOf(notice), "message dead-lettered");
    },
    conflictDecided({ id, memberRef, group }) {
      log.info({ conflictId: id, memberRef, group }, "conflict decided");
    },
    controlChanged({ paused, direction }) {
      const isOpen = !paused && direction === "both";
      log[isOpen ? "info" : "warn"]({ paused, direction }, isOpen ? "the sync is open in both directions" : "the sync is held back");
    },
    looked(counts) {
      for (const side of SIDES) if (counts[side] > 0) looks.inc({ side }, counts[side]);
      log.debug({ counts }, "looks published");
    },
    restoreSuspected({ side, from, to }) {
      suspected.inc({ side });
      log.error(
        { side, lineage: to, known: from },
        "a side seems to have been restored from a backup: nothing is sent to it until an operator confirms it with POST /api/control/restores",
      );
    },
    restoreConfirmed({ side, lineage }) {
      log.warn({ side, lineage }, "an operator confirmed that a side was restored; the restore no longer holds back the commands to it");
    },
    swept(report) {
      if (report.resent > 0) resent.inc({}, report.resent);
      if (report.resent + report.released > 0) log.info({ counts: report }, "sweep sent what had waited");
    },
    sweepFailed(cause) {
      log.warn({ err: cause }, "sweep failed; the next one tries again");
    },
    deadLetterKept(notice) {
      kept.inc({ cause: notice.cause });
      log.warn({ ...toldOf(notice), deadLetterId: notice.id }, "dead letter kept");
    },
    runFailed(type, cause) {
      log.error({ err: cause, kind: type }, "run failed");
    },
    runFinished({ id, type, status, stats, error }) {
      const counts = {
        firestoreToDjango: stats.firestore_to_django.success,
        firestoreToDjangoFailed: stats.firestore_to_django.failed,
        djangoToFirestore: stats.django_to_firestore.success,
        djangoToFirestoreFailed: stats.django_to_firestore.failed,
        conflicts: stats.conflicts,
      };
      log[status === "failed" ? "error" : "info"]({ runId: id, kind: type, status, counts, rule: error }, "run finished");
    },
  };

  function conflictOpened({ id, memberRef, group, cause }: Conflict): void {
    conflicts.inc({ cause });
    log.info({ conflictId: id, memberRef, group, rule: cause }, "conflict open");
  }
}

function toldOf({ cause, reason, topic, memberRef }: DeadLetterNotice) {
  return { deadLetterCause: cause, rule: reason, topic, memberRef };
}
