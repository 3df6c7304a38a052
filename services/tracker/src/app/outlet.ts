import { deadLetterMessage } from "@member-sync/shared/bus/dead-letters.ts";
import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import { createNaturalBatch } from "@member-sync/shared/bus/natural-batch.ts";
import type { FieldMap } from "@member-sync/shared/member/field-map.ts";
import { signatureOf } from "@member-sync/shared/member/field-map-signature.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import { MAX_BYTES, MAX_ITEMS, packEnvelopes } from "@member-sync/shared/messages/envelope.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { systemTimer, type Timer } from "@member-sync/shared/timer.ts";
import { applyTopic, changesTopic } from "@member-sync/shared/topology.ts";
import type { Telemetry } from "../telemetry.ts";

/** The longest that a live edit waits for company (DESIGN section 6); one that comes alone does not wait. */
const LINGER_MS = 10;

/** All that the tracker sends. Each resolves when the broker has it, and rejects with a `retry` SyncError otherwise. */
export interface Outlet {
  /** Together with what others publish at the same time: while one publish is under way, the next gathers. */
  observations(observations: readonly Observation[]): Promise<void>;
  /** Commands that did not end, each to be delivered again by itself. */
  again(commands: readonly ApplyCommand[]): Promise<void>;
  deadLetters(notices: readonly DeadLetterNotice[]): Promise<void>;
  idle(): Promise<void>;
}

/** @param fieldMap named by every envelope of observations, so that its consumer knows what we could not have read */
export function createOutlet(publisher: MessagePublisher, telemetry: Telemetry, fieldMap: FieldMap, timer: Timer = systemTimer): Outlet {
  const signature = signatureOf(fieldMap);
  const batch = createNaturalBatch<Observation, undefined>(
    async (items) => {
      await publisher.publish(changesTopic("firestore"), packEnvelopes("member-change.v1", "firestore", items, signature));
      telemetry.groupPublished(items.length);
      return items.map(() => undefined);
    },
    MAX_ITEMS,
    LINGER_MS,
    timer,
  );
  return {
    async observations(observations) {
      await batch.add(observations);
    },
    async again(commands) {
      if (commands.length === 0) return;
      await publisher.publish(applyTopic("firestore"), packEnvelopes("member-apply.v1", "firestore", commands));
    },
    async deadLetters(notices) {
      if (notices.length === 0) return;
      await publisher.publish("member-dead-letters", notices.map(deadLetterMessage));
      for (const { cause, reason } of notices) telemetry.deadLettered(cause, reason);
    },
    idle: () => batch.idle(),
  };
}

/** The observation in a size that an envelope can carry: what is there for people only goes first. `undefined`: it cannot. */
export function fitted(observation: Observation): Observation | undefined {
  if (sizeOf(observation) < MAX_BYTES / 4) return observation;
  const { changed: _forPeople, ...lean } = observation;
  return sizeOf(lean) < MAX_BYTES * 0.9 ? lean : undefined;
}

function sizeOf(observation: Observation): number {
  return Buffer.byteLength(JSON.stringify(observation));
}
