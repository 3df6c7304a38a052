import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { observationId, type Observation } from "@member-sync/shared/messages/observation.ts";

/** What a side held, from which the floor makes messages of the shape and size that member-sync sends. */
export interface Held {
  readonly side: "django" | "firestore";
  readonly kennitala: string;
  readonly revision: string;
  readonly record: MemberRecord;
  readonly djangoId: number | null;
}

/** Makes observations and answers. The record last seen of a member stands in for the one that member-sync reads back. */
export interface Records {
  observation(held: Held): Observation;
  answer(command: ApplyCommand, revision: string): Observation;
}

export function createRecords(memberRefKey: string): Records {
  const lastSeen = new Map<string, MemberRecord>();
  const make = ({ side, kennitala, revision, record, djangoId }: Held, writeId: string | null): Observation => {
    const memberRef = memberRefOf(memberRefKey, kennitala);
    const id = observationId({ side, memberRef, revision });
    return { id, side, memberRef, kennitala, revision, life: "alive", record, changedAt: Date.now(), actor: null, djangoId, writeId };
  };
  return {
    observation(held) {
      lastSeen.set(held.kennitala, held.record);
      return make(held, null);
    },
    answer(command, revision) {
      const { side, kennitala, djangoId, writeId, groups } = command;
      const record = { ...lastSeen.get(kennitala), ...groups };
      return { ...make({ side, kennitala, revision, record, djangoId }, writeId), answer: { writeId, status: "applied" } };
    },
  };
}

/** The canonical record of a native one, with nothing checked. */
export function recordOf(native: Readonly<Record<string, unknown>>): MemberRecord {
  const { kennitala: _, ...profile } = scalarsOf(native["profile"]);
  return { ...profile, address: scalarsOf(native["address"]) };
}

function scalarsOf(fields: unknown): Record<string, string | number | null> {
  if (typeof fields !== "object" || fields === null) return {};
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === "number" || typeof value === "string" ? value : null,
    ]),
  );
}
