import { LIFE } from "@member-sync/reconciler/core/hub.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import { indexLane, type IndexedLane } from "./index-lane.ts";
import type { Keys } from "./edit-keys.ts";
import type { MemberEvidence, Told } from "./lane.ts";
import type { Problem } from "./ledger.ts";

/**
 * The history as a chain: each version of a group is told once, none is left out, each says what it replaced, and the
 * last is what the hub holds. Holds where no history was thrown away and no hub was put back from a copy.
 */
export function versionProblems(members: ReadonlyMap<MemberRef, MemberEvidence>, keys: Keys): readonly Problem[] {
  return [...members.values()].flatMap((member) =>
    [...member.lanes.values()].flatMap((lane) => chainProblems(member, indexLane(lane, keys))),
  );
}

function chainProblems({ memberRef, hub }: MemberEvidence, lane: IndexedLane): readonly Problem[] {
  const { group } = lane;
  const problem = (what: string): Problem => ({ promise: 1, memberRef, group, what });
  const steps = lane.told.filter(({ entry }) => ["accepted", "converged", "decided"].includes(entry.outcome));
  const problems = steps.flatMap((step, at) => {
    const ver = step.entry.ver;
    if (ver !== at + 1) return [problem(`the history has version ${ver} where ${at + 1} is due`)];
    return isChained(lane, steps[at - 1], step) ? [] : [problem(`version ${ver} does not replace what version ${ver - 1} gave`)];
  });
  const register = group === LIFE ? hub?.life : hub?.groups[group];
  if (problems.length > 0 || register === undefined) return problems.slice(0, 1);
  if (register.ver !== steps.length) return [problem(`the hub is at version ${register.ver}, the history at ${steps.length}`)];
  const held = "value" in register ? register.value : register.state;
  const last = steps.at(-1)?.entry.value;
  return lane.keyOf(held) === lane.keyOf(last) ? [] : [problem("the hub holds another value than the history's last version")];
}

function isChained({ group, keyOf }: IndexedLane, before: Told | undefined, { entry }: Told): boolean {
  if (before === undefined || group === LIFE || entry.outcome === "decided" || entry.rule === "new-life") return true;
  return keyOf(entry.other) === keyOf(before.entry.value);
}
