import type { GroupName, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Hub, Instant, Waiting } from "./hub.ts";
import { firstSeenAt } from "./interpret-groups.ts";
import type { Policy } from "./policy.ts";
import { heldBy } from "./read-hub.ts";

type Notes = Pick<Observation, "refused" | "unmapped" | "replaced">;

/** An observation as it waits in the hub, with the notes of the one that it takes the place of. */
export function holding(hub: Hub, observation: Observation, policy: Policy): Waiting {
  const { id: _id, side, memberRef: _ref, kennitala: _kennitala, changed: _forPeople, ...held } = observation;
  const earlier = hub.waiting[side]?.observation;
  const notes = mergedNotes(earlier ?? {}, held);
  const isSameHistory = earlier !== undefined && earlier.lineage === held.lineage;
  const record = isSameHistory ? withLost(held.record, notes.replaced, earlier.record) : held.record;
  const waiting = { observation: { ...held, record, ...notes }, firstSeenAt: firstSeen(hub, { ...observation, record }, policy) };
  return policy.fieldMap === undefined ? waiting : { ...waiting, map: policy.fieldMap.id };
}

/** The record with the values that were lost with a replaced document, as far as only the other observation shows them. */
export function withLost(record: MemberRecord, replaced: readonly GroupName[] | undefined, earlier: MemberRecord): MemberRecord {
  if (replaced === undefined) return record;
  const lost = Object.entries(earlier).filter(([group]) => replaced.includes(group) && !(group in record));
  return lost.length === 0 ? record : { ...record, ...Object.fromEntries(lost) };
}

/** Groups of which a waiting observation says nothing: its reader did not know them, or they have been mapped since. */
export function unknownIn({ observation: { unknown = [] }, map }: Waiting, { fieldMap }: Pick<Policy, "fieldMap">): readonly GroupName[] {
  if (fieldMap === undefined || map === fieldMap.id) return unknown;
  return [...new Set([...unknown, ...fieldMap.newSince(map)])];
}

/** Notes of both observations: those of one that is replaced in the queue must reach the history, too. */
export function mergedNotes(a: Notes, b: Notes): Notes {
  return {
    ...union("refused", a, b),
    ...union("unmapped", a, b),
    ...union("replaced", a, b),
  };
}

function union(name: keyof Notes, a: Notes, b: Notes): Notes {
  if (a[name] === undefined && b[name] === undefined) return {};
  return { [name]: [...new Set([...(a[name] ?? []), ...(b[name] ?? [])])] };
}

function firstSeen(hub: Hub, { side, record, changedAt }: Observation, policy: Policy): Waiting["firstSeenAt"] {
  const state = hub.sides[side];
  const times: Record<string, Instant> = {};
  for (const [group, value] of Object.entries(record)) {
    if (policy.same(group, value, heldBy(state, group))) continue;
    times[group] = firstSeenAt({ hub, policy }, { side, group, value }) ?? changedAt;
  }
  return times;
}
