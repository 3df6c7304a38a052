import { randomUUID } from "node:crypto";
import type { Firestore } from "@google-cloud/firestore";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { packEnvelopes } from "@member-sync/shared/messages/envelope.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { applyTopic } from "@member-sync/shared/topology.ts";
import { createSlots } from "../slots.ts";
import type { Handle, Publish } from "./bus.ts";
import { historyDocument, hubDocument } from "./documents.ts";
import { observationsIn } from "./envelopes.ts";

/** What the reconciler does, without reading a hub and without a plan: what came from one side goes to the other. */
export interface Intake {
  readonly take: Handle;
  /** Resolves when so many answers have been stored from now on. */
  untilAnswered(count: number): Promise<void>;
}

export function createIntake({ firestore, publish }: { readonly firestore: Firestore; readonly publish: Publish }): Intake {
  let awaited = 0;
  let onAnswered: () => void = () => undefined;
  // Both sides' messages are of the same hubs: two commits at once would wait for each other's locks.
  const lane = createSlots(1);

  async function store(observations: readonly Observation[]): Promise<void> {
    const batch = firestore.batch();
    for (const observation of observations) {
      batch.set(firestore.collection("sync_members").doc(observation.memberRef), hubDocument(observation));
      if (observation.answer === undefined) {
        batch.set(firestore.collection("sync_history").doc(`${observation.memberRef}-${randomUUID()}`), historyDocument(observation));
      }
    }
    await lane.run(() => batch.commit(), observations[0]?.answer === undefined);
  }

  return {
    async take(text) {
      const observations = observationsIn(text);
      await store(observations);
      const edits = observations.filter(({ answer }) => answer === undefined);
      awaited -= observations.length - edits.length;
      if (awaited <= 0) onAnswered();
      const [first] = edits;
      if (first === undefined) return;
      const side = first.side === "django" ? "firestore" : "django";
      await publish(applyTopic(side), packEnvelopes("member-apply.v1", side, edits.map(commandFor)));
    },
    untilAnswered(count) {
      awaited = count;
      return new Promise((resolve) => (onAnswered = resolve));
    },
  };
}

/** The one group that the round's edits of that side change. */
function commandFor({ side, memberRef, kennitala, djangoId, revision, record }: Observation): ApplyCommand {
  const group = side === "django" ? "phone" : "email";
  return {
    writeId: randomUUID(),
    side: side === "django" ? "firestore" : "django",
    memberRef,
    kennitala,
    djangoId,
    expectRevision: revision,
    groups: { [group]: record[group] ?? null },
    emittedAt: Date.now(),
  };
}
