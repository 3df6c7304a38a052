import type { Hub } from "@member-sync/reconciler/core/hub.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { Planner } from "./planner.ts";
import type { State } from "./state.ts";

/** P7, in every state: where the hub has read what stands on both sides, only what is equal is called in sync. */
export function calledInSync(planner: Planner, state: State): string | undefined {
  const { hub } = state;
  if (hub === undefined || !isReadToTheEnd(state, hub) || !planner.isInSync(hub) || isEqual(state, hub)) return undefined;
  return `P7: called in sync with ${textOf(state).join(" and ")}`;
}

/** P7, at rest: what is equal, with nobody asked, is called in sync. */
export function calledDifferent(planner: Planner, state: State, hub: Hub): string | undefined {
  const isAsked = hub.life.parked !== undefined || Object.values(hub.groups).some(({ parked }) => parked !== undefined);
  if (isAsked || planner.isInSync(hub) || !isEqual(state, hub)) return undefined;
  return `P7: both sides hold ${textOf(state)[0]}, and are not called in sync`;
}

function isReadToTheEnd({ sides }: State, hub: Hub): boolean {
  return SIDES.every((side) => {
    const { revision, lineage } = sides[side];
    const known = hub.sides[side];
    return known !== undefined && Number(known.revision) === revision && known.lineage === lineage;
  });
}

/** Protected paths included. */
function isEqual(state: State, { life }: Hub): boolean {
  const { sides } = state;
  if (sides.firestore.isTampered === true) return false;
  const [django, firestore] = textOf(state);
  if (life.state === "deleted") {
    const isOnBoth = SIDES.every((side) => sides[side].life !== "missing");
    return SIDES.every((side) => sides[side].life !== "alive") && (!isOnBoth || django === firestore);
  }
  return django === firestore && SIDES.every((side) => sides[side].life === "alive");
}

/** What each side holds of the groups that the hub knows. */
function textOf({ sides, hub }: State): readonly string[] {
  const groups = Object.keys(hub?.groups ?? {}).toSorted();
  const held = (side: Side) => groups.map((group) => [group, sides[side].record[group] ?? null]).filter(([, value]) => value !== null);
  return SIDES.map((side) => JSON.stringify(held(side)));
}
