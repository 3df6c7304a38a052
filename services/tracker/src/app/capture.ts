import type { Clock } from "@member-sync/shared/clock.ts";
import type { DeadLetterCause } from "@member-sync/shared/messages/dead-letter.ts";
import type { CaptureOutcome, Telemetry } from "../telemetry.ts";
import { eventNotice, type RawEvent } from "./give-up.ts";
import { observe, type ObserveRules } from "./observe.ts";
import { fitted, type Outlet } from "./outlet.ts";
import { markedChange, type MarkedChange } from "./own-mark.ts";
import { ownershipOf } from "./own-write.ts";
import type { DocumentChange, MemberDocuments } from "./ports.ts";

export interface CaptureParts {
  /** Asked whether a create of ours was carried out in the commit that an event tells of. */
  readonly documents: Pick<MemberDocuments, "createdAt">;
  readonly rules: ObserveRules;
  readonly outlet: Outlet;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** Turns changes of documents into observations that are published. */
export interface Capture {
  /**
   * Resolves once the broker has what the change comes to; then, and not before, the event may be acknowledged.
   * Rejects with a `retry` SyncError when it could not be published, or when nobody
   * could tell whether it is our own. The same change twice is the same observation.
   *
   * @param raw the event as it arrived, for the dead letters
   */
  capture(change: DocumentChange, raw?: RawEvent): Promise<CaptureOutcome>;
  /** Keeps an event that can never be read, with the reason. */
  giveUp(raw: RawEvent, cause: DeadLetterCause, reason: string): Promise<CaptureOutcome>;
}

export function createCapture(parts: CaptureParts): Capture {
  const { documents, rules, outlet, clock, telemetry } = parts;

  async function giveUp(raw: RawEvent, cause: DeadLetterCause, reason: string): Promise<CaptureOutcome> {
    await outlet.deadLetters([eventNotice(raw, cause, reason, clock(), rules.memberRefKey)]);
    return "dead-lettered";
  }

  /** One read for a create that carries our mark; none where the event names its writer. */
  async function isOwn(change: MarkedChange): Promise<boolean> {
    const ownership = ownershipOf(change, rules.ownWriters);
    if (ownership.kind !== "create-to-prove") return ownership.kind === "own";
    const createdAt = await documents.createdAt(ownership.writeId);
    return createdAt !== null && createdAt === change.after?.revision;
  }

  async function outcomeOf(received: DocumentChange, raw: RawEvent): Promise<CaptureOutcome> {
    const change = markedChange(rules.markKey, received);
    const observed = observe(change, await isOwn(change), rules);
    switch (observed.kind) {
      case "own-write": // P3: the applier answers for itself
      case "no-op":
        return observed.kind;
      case "no-member":
        return giveUp(raw, "invalid-item", observed.reason);
      case "oversized":
        return giveUp(raw, "oversized", observed.reason);
      case "observation": {
        const observation = fitted(observed.observation);
        if (observation === undefined) return giveUp(raw, "oversized", "the member does not fit into a message");
        await outlet.observations([observation]);
        telemetry.captureLag((clock() - observation.changedAt) / 1000);
        return "published";
      }
    }
  }

  const counted = async (work: Promise<CaptureOutcome>): Promise<CaptureOutcome> => {
    const outcome = await work;
    telemetry.eventCaptured(outcome);
    return outcome;
  };

  return {
    capture: (change, raw = rawOf(change)) => counted(outcomeOf(change, raw)),
    giveUp: (raw, cause, reason) => counted(giveUp(raw, cause, reason)),
  };
}

/** Where there is no event as such, the dead letter names the document and its state. */
function rawOf(change: DocumentChange): RawEvent {
  const text = JSON.stringify({ document: change.kennitala, revision: change.after?.revision ?? null });
  return { text, attributes: {} };
}
