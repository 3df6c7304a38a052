import { FieldValue, type Firestore, type Timestamp } from "@google-cloud/firestore";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { packEnvelopes } from "@member-sync/shared/messages/envelope.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { readEvent } from "../../world/decode-event.ts";
import { createSlots } from "../slots.ts";
import type { Handle, Publish } from "./bus.ts";
import { commandsIn } from "./envelopes.ts";
import { createGather } from "./gather.ts";
import { recordOf, type Records } from "./records.ts";

const ENVELOPE = 250;
const IDLE_MS = 15;

/** What the tracker does, with nothing made sure of: an event is answered before it is published. */
export function createFirestoreSide({ firestore, publish, records }: SideParts): { event(body: Buffer): void; readonly apply: Handle } {
  const gather = createGather<Observation>(ENVELOPE, IDLE_MS, (items) => {
    void publish("member-changes-firestore", packEnvelopes("member-change.v1", "firestore", items));
  });
  const lane = createSlots(1);
  return {
    event(body) {
      const { kennitala, revision, fields } = readEvent(body);
      gather.add(records.observation({ side: "firestore", kennitala, revision, record: recordOf(fields), djangoId: null }));
    },
    async apply(text) {
      const commands = commandsIn(text);
      const batch = firestore.batch();
      for (const command of commands) batch.update(firestore.collection("members").doc(command.kennitala), fieldsOf(command));
      const written = await lane.run(() => batch.commit());
      const answers = commands.map((command, at) => records.answer(command, revisionOf(written[at]?.writeTime)));
      await publish("member-changes-firestore", packEnvelopes("member-change.v1", "firestore", answers));
    },
  };
}

export interface SideParts {
  readonly firestore: Firestore;
  readonly publish: Publish;
  readonly records: Records;
}

function fieldsOf({ groups, writeId, djangoId, expectRevision }: ApplyCommand): Record<string, unknown> {
  const now = FieldValue.serverTimestamp();
  return {
    ...Object.fromEntries(Object.entries(groups).map(([group, value]) => [`profile.${group}`, value])),
    "metadata.sync.write_id": writeId,
    "metadata.sync.revision": expectRevision,
    "metadata.sync.at": now,
    "metadata.last_modified": now,
    "metadata.django_id": djangoId,
  };
}

function revisionOf(time: Timestamp | undefined): string {
  return time === undefined ? "0" : `${time.seconds}${String(time.nanoseconds).padStart(9, "0")}`;
}
