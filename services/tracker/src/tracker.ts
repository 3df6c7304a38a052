import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import { systemClock, type Clock } from "@member-sync/shared/clock.ts";
import type { Logger } from "@member-sync/shared/runtime/logging.ts";
import type { MemberSync } from "@member-sync/shared/sync-config.ts";
import type { Metrics } from "@member-sync/shared/telemetry/metrics.ts";
import { createApply, type Apply } from "./app/apply.ts";
import { createBackfill, type BackfillReport } from "./app/backfill.ts";
import { createCapture, type Capture } from "./app/capture.ts";
import { markKeyOf } from "./app/own-mark.ts";
import { createOutlet } from "./app/outlet.ts";
import type { MemberDocuments } from "./app/ports.ts";
import { createTelemetry } from "./telemetry.ts";

export interface TrackerParts {
  readonly documents: MemberDocuments;
  readonly publisher: MessagePublisher;
  readonly memberSync: Pick<MemberSync, "fieldMap" | "notSteerable">;
  readonly memberRefKey: string;
  /** See `TrackerConfig`. */
  readonly lineage: string;
  readonly ownWriters?: readonly string[];
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
}

/** The Firestore side without its outside: capture and apply on whatever ports it is given. */
export interface Tracker extends Capture {
  readonly apply: Apply["handle"];
  /** Publishes what every document holds now; who asks while one runs gets that one's report. */
  backfill(): Promise<BackfillReport>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** Wires capture and apply from ports, so that one process can host the tracker with memory adapters. */
export function createTracker(parts: TrackerParts): Tracker {
  const { documents, publisher, memberSync, memberRefKey, lineage, ownWriters = [], log, metrics, clock = systemClock } = parts;
  const telemetry = createTelemetry(log, metrics);
  const outlet = createOutlet(publisher, telemetry, memberSync.fieldMap);
  const { fieldMap, notSteerable } = memberSync;
  const rules = { fieldMap, notSteerable, memberRefKey, markKey: markKeyOf(memberRefKey), lineage, ownWriters };
  const capture = createCapture({ documents, rules, outlet, clock, telemetry });
  const apply = createApply({ documents, rules, outlet, clock, telemetry });
  return {
    ...capture,
    apply: apply.handle,
    backfill: createBackfill({ documents, rules, outlet, telemetry }),
    async idle() {
      await apply.idle();
      await outlet.idle();
    },
  };
}
