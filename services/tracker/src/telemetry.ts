import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { DeadLetterCause } from "@member-sync/shared/messages/dead-letter.ts";
import type { Answer } from "@member-sync/shared/messages/observation.ts";
import type { Logger } from "@member-sync/shared/runtime/logging.ts";
import type { Metrics } from "@member-sync/shared/telemetry/metrics.ts";
import { dispositionOf } from "@member-sync/shared/errors/sync-error.ts";

/** What became of a captured event. */
export type CaptureOutcome = "published" | "own-write" | "no-op" | "dead-lettered";

/** One function per business event of this service: counter and log line live together. */
export interface Telemetry {
  eventCaptured(outcome: CaptureOutcome): void;
  /** Between the commit in Firestore and its publication. */
  captureLag(seconds: number): void;
  groupPublished(observations: number): void;
  commandsTried(commands: number): void;
  commandAnswered(memberRef: MemberRef, status: Answer["status"], rejected: readonly string[]): void;
  commandNotDone(memberRef: MemberRef, error: unknown): void;
  applyNotPublished(error: unknown): void;
  deadLettered(cause: DeadLetterCause, reason: string): void;
  /** A backfill went through all documents; what is skipped is no member's. */
  backfilled(published: number, skipped: number): void;
}

const GROUP_SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 400] as const;

export function createTelemetry(log: Logger, metrics: Metrics): Telemetry {
  const events = metrics.counter("membersync_tracker_events_total", "Document events by what became of them", {
    outcome: ["published", "own-write", "no-op", "dead-lettered"],
  });
  const lag = metrics.histogram("membersync_tracker_capture_lag_seconds", "Time from a commit in Firestore to its publication");
  const published = metrics.histogram("membersync_tracker_published_group_items", "Observations published together", [], GROUP_SIZES);
  const tried = metrics.histogram("membersync_tracker_apply_group_items", "Commands written together", [], GROUP_SIZES);
  const commands = metrics.counter("membersync_tracker_commands_total", "Apply commands by how they ended", {
    outcome: ["applied", "stale", "rejected", "again"],
  });
  const given = metrics.counter("membersync_tracker_dead_letters_total", "Events and commands kept as dead letters", {
    cause: ["malformed", "unknown-version", "oversized", "invalid-item", "wrong-member"],
  });
  const told = metrics.counter("membersync_tracker_backfilled_members_total", "Members published again by a backfill");
  return {
    eventCaptured: (outcome) => events.inc({ outcome }),
    captureLag: (seconds) => lag.observe(Math.max(0, seconds)),
    groupPublished: (observations) => published.observe(observations),
    commandsTried: (count) => tried.observe(count),
    commandAnswered(memberRef, status, rejected) {
      commands.inc({ outcome: status });
      if (rejected.length > 0) log.warn({ memberRef, status, rejected }, "groups of a command are refused");
      else log.debug({ memberRef, status }, "command answered");
    },
    commandNotDone(memberRef, err) {
      commands.inc({ outcome: "again" });
      if (dispositionOf(err) === "fatal") log.error({ memberRef, err }, "Firestore refuses us");
      else log.debug({ memberRef, err }, "command is tried again");
    },
    applyNotPublished: (err) => log.warn({ err }, "answers could not be published, the commands come again"),
    deadLettered(cause, reason) {
      given.inc({ cause });
      log.warn({ deadLetterCause: cause, rule: reason }, "kept as a dead letter");
    },
    backfilled(published, skipped) {
      told.inc(published);
      log.info({ published, skipped }, "all documents published again");
    },
  };
}
