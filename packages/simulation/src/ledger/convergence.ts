import { LIFE } from "@member-sync/reconciler/core/hub.ts";
import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Keys } from "./edit-keys.ts";
import type { MemberEvidence } from "./lane.ts";
import type { Problem } from "./ledger.ts";

/** Promise 2: every group that no open conflict holds is equal on both sides and in the hub. */
export function convergenceProblems(members: ReadonlyMap<MemberRef, MemberEvidence>, keys: Keys): readonly Problem[] {
  return [...members.values()].flatMap((member) => [...unequal(member, keys), ...unmarked(member)]);
}

function unequal(member: MemberEvidence, keys: Keys): readonly Problem[] {
  const { memberRef, final, hub } = member;
  if (final === undefined || member.lanes.get(LIFE)?.open !== undefined) return [];
  const problem = (group: GroupName, what: string): Problem => ({ promise: 2, memberRef, group, what });
  const [django, firestore] = [final.django.life === "alive", final.firestore.life === "alive"];
  if (django !== firestore) return [problem(LIFE, `Django has the member ${final.django.life}, Firestore ${final.firestore.life}`)];
  if (hub !== undefined && (hub.life.state === "alive") !== django)
    return [problem(LIFE, `the hub has the member ${hub.life.state}, the sides do not`)];
  if (!django) return [];
  const groups = new Set([...Object.keys(final.django.record), ...Object.keys(final.firestore.record), ...Object.keys(hub?.groups ?? {})]);
  return [...groups].flatMap((group) => {
    if (member.lanes.get(group)?.open !== undefined) return [];
    const held = keys.of(group, final.django.record[group]);
    if (held !== keys.of(group, final.firestore.record[group])) return [problem(group, "the sides differ")];
    if (hub !== undefined && held !== keys.of(group, hub.groups[group]?.value))
      return [problem(group, "the sides are equal, the hub differs")];
    return [];
  });
}

/** A group is parked exactly when a conflict of it is open: else a person would wait for a question that nobody sees. */
function unmarked({ memberRef, hub, lanes }: MemberEvidence): readonly Problem[] {
  if (hub === undefined) return [];
  const groups = new Set([...lanes.keys(), ...Object.keys(hub.groups)]);
  return [...groups].flatMap((group) => {
    const parked = group === LIFE ? hub.life.parked : hub.groups[group]?.parked;
    if (parked?.conflictId === lanes.get(group)?.open?.id) return [];
    return [{ promise: 1, memberRef, group, what: "what is parked in the hub and what is open as a conflict are not the same" } as const];
  });
}
