import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { Revision } from "@member-sync/shared/member/revision.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { Hub, SideState } from "./hub.ts";
import { agreesOnLife, isRetired, isSuspended, isUnread, seenBy } from "./read-hub.ts";

/** What a side still has to be given. */
export type Due =
  | { readonly kind: "nothing" }
  /** `tombstone`: the side's revision where it has reported the member missing: that of the removal, or 0 if it never had them. */
  | { readonly kind: "create"; readonly tombstone?: Revision }
  | { readonly kind: "delete"; readonly at: Revision }
  /** `life` where the status is to be written too. An update without groups writes the status, the link or protected paths. */
  | { readonly kind: "update"; readonly at: Revision; readonly groups: readonly GroupName[]; readonly life?: "alive" | "deleted" };

/**
 * A program that keeps changing protected paths, or replacing the document, gets them restored this often in a row, and no
 * more until the side was left alone for a day.
 */
const MAX_PUT_BACKS = 12;
/** Where a document names its Django row. */
const DJANGO_ID = "metadata.django_id";
const NOTHING: Due = { kind: "nothing" };

/** The one place that says whether a side has something to be given, whatever directions are open. */
export function dueOn(hub: Hub, name: Side): Due {
  const side = hub.sides[name];
  const { life } = hub;
  if (isSuspended(hub, name) || isSetAside(hub, name)) return NOTHING;
  if (side === undefined || side.life === "missing") {
    const isDue = life.state === "alive" && life.parked === undefined && life.ver > 0;
    return isDue ? { kind: "create", ...(side && { tombstone: side.revision }) } : NOTHING;
  }
  const isLifeDue = life.parked === undefined && side.seenLife < life.ver && !agreesOnLife(hub, side);
  if (isLifeDue && side.life === "alive") return { kind: "delete", at: side.revision };
  const groups = dueGroups(hub, side);
  if (isLifeDue) return { kind: "update", at: side.revision, groups, life: "alive" };
  // A document that is linked for the first time gets its status, which only we write, by the same write.
  if (isTampered(hub, side) || isLinkDue(hub, name))
    return { kind: "update", at: side.revision, groups, life: side.life === "alive" ? "alive" : "deleted" };
  return groups.length > 0 ? { kind: "update", at: side.revision, groups } : NOTHING;
}

/** What the side lost, and what it has not seen; not what is parked, unread there, or retired. */
function dueGroups(hub: Hub, side: SideState): readonly GroupName[] {
  const { groups } = hub;
  const due = [...lostGroups(side)];
  for (const group in groups) {
    const register = groups[group];
    if (register === undefined || register.ver <= seenBy(side, group)) continue;
    if (register.parked === undefined && !isUnread(side, group) && !due.includes(group)) due.push(group);
  }
  return due.filter((group) => !isRetired(hub, group));
}

/** What the side lost with its document, and may be given back now. */
function lostGroups(side: SideState): readonly GroupName[] {
  return mayPutBack(side) ? (side.missing ?? []).filter((group) => !isUnread(side, group)) : [];
}

/** The Django id is written back to the document, unless the document was rejected as a whole. */
function isLinkDue(hub: Hub, name: Side): boolean {
  const isRejected = hub.life.parked?.cause === "rejected" && hub.life.parked.refusal?.side === name;
  const { django, firestore } = hub.sides;
  const isThere = hub.djangoId !== null && django?.life !== "missing";
  return name === "firestore" && isThere && firestore?.djangoId !== hub.djangoId && !isRejected;
}

/** Before the member has a row in Django we have written no id that could be put back. */
function isTampered({ djangoId }: Hub, side: SideState): boolean {
  const isOurs = (path: string) => path !== DJANGO_ID || djangoId !== null;
  return side.tampered?.some(isOurs) === true && mayPutBack(side);
}

function mayPutBack({ putBacks = 0 }: SideState): boolean {
  return putBacks < MAX_PUT_BACKS;
}

/** A new document of a deleted member is not written before a person has decided. */
function isSetAside({ life }: Hub, name: Side): boolean {
  return name === "firestore" && life.parked?.cause === "recreated";
}
