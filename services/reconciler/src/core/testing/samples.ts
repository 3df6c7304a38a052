import type { GroupName, GroupValue, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { observationId, type Observation } from "@member-sync/shared/messages/observation.ts";
import type { MapInForce, Policy } from "../policy.ts";

export const MEMBER = { memberRef: "aaaaaaaaaaaaaaaaaaaa", kennitala: "0101302989" } as const;
export const HOUR = 3_600_000;
export const NOON = Date.UTC(2026, 5, 1, 12);

const text = (value: GroupValue | undefined) => JSON.stringify(value ?? null);

/** A field map in force: which groups are new or mapped differently since any other map, and which it does not map. */
export function fieldMapOf(
  id: string,
  { isNew = [], lacks = [] }: { readonly isNew?: readonly GroupName[]; readonly lacks?: readonly GroupName[] } = {},
): MapInForce {
  return { id, newSince: (other) => (other === id ? [] : isNew), maps: (group) => !lacks.includes(group) };
}

/** The default rules, with plain equality. */
export function policyOf(changes: Partial<Policy> = {}): Policy {
  return {
    groups: {},
    firestoreDelete: "review",
    maxBounces: 3,
    clockUncertaintyMs: 0,
    direction: "both",
    paused: false,
    same: (_, a, b) => text(a) === text(b),
    ...changes,
  };
}

/** What `side` held at `revision`, changed at noon unless told otherwise. */
export function observed(side: Side, revision: number, record: MemberRecord, more: Partial<Observation> = {}): Observation {
  const base = { ...MEMBER, side, revision: String(revision) };
  return {
    ...base,
    id: observationId(base),
    life: "alive",
    record,
    changedAt: NOON,
    actor: `${side}-editor`,
    djangoId: side === "django" ? 7 : null,
    writeId: null,
    ...more,
  };
}

/** The observation with which a side answers a command that landed. */
export function answered(command: ApplyCommand, revision: number, record: MemberRecord, more: Partial<Observation> = {}): Observation {
  return observed(command.side, revision, record, {
    writeId: command.writeId,
    djangoId: command.djangoId ?? 7,
    answer: { writeId: command.writeId, status: "applied" },
    ...more,
  });
}
