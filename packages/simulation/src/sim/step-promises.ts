import type { HubCommit } from "@member-sync/reconciler/app/ports.ts";
import type { HistoryEntry, Rule } from "@member-sync/reconciler/core/history.ts";
import { LIFE, type Hub } from "@member-sync/reconciler/core/hub.ts";
import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { Biography, Edit } from "./biography.ts";
import { GROUPS, keyOf, type GroupName } from "./rules.ts";

/** A group that the simulated member has; paths and `life` are none. */
export function groupNamed(name: string): GroupName | undefined {
  return GROUPS.find((group) => group === name);
}

/** What a commit must not say or do, seen from what truly happened. Also takes its decisions and losers into the biography. */
export function takeCommit(
  life: Biography,
  before: Hub | undefined,
  { hub, history }: HubCommit,
  isForgetful: boolean,
): string | undefined {
  for (const { entries } of history) {
    // What a side holds when its restore is taken in goes by policy, edits made there since included: nobody's past counts.
    const isRestore = entries.some(({ outcome }) => outcome === "restored");
    // The restore answers an open question about the member's life: both sides have the member again.
    if (isRestore && before?.life.parked !== undefined) life.reactivations += 1;
    for (const entry of entries) {
      const isFirstReading = isRestore || isUnreadSinceRestore(before, entry.group);
      const broken = brokenBy({ life, before, isForgetful, isRestore: isFirstReading }, entry);
      if (broken !== undefined && !isForgetful) return broken;
    }
  }
  takeHeard(
    life,
    hub,
    history.flatMap(({ entries }) => entries),
  );
  return (before === undefined ? undefined : backwards(before, hub, history)) ?? parkedAndSent(before, hub) ?? stampedAhead(hub);
}

/** A group that no reader mapped when its side was restored is read later, and then goes by policy like the others. */
function isUnreadSinceRestore(before: Hub | undefined, group: string): boolean {
  const states = SIDES.map((side) => before?.sides[side]);
  return states.some((state) => state?.restoredAt !== undefined && state.unread?.includes(group) === true);
}

/** What the reconciler has heard of must be accounted for, also where a restore has undone it on its side. */
export function takeHeard(life: Biography, hub: Hub, entries: readonly HistoryEntry[]): void {
  for (const group of GROUPS) {
    life.hear(group, hub.groups[group]?.value);
    // Of an empty field nobody can say whose clearing it shows; the hub holds one only if it was told of it.
    for (const side of SIDES) {
      life.hear(group, hub.sides[side]?.shadow[group] ?? undefined);
      life.hear(group, hub.waiting[side]?.observation.record[group] ?? undefined);
    }
    for (const { value, other } of entries.filter((entry) => entry.group === group)) {
      life.hear(group, value ?? undefined);
      life.hear(group, other ?? undefined);
    }
  }
}

interface Telling {
  readonly life: Biography;
  readonly before: Hub | undefined;
  readonly isForgetful: boolean;
  readonly isRestore: boolean;
}

function brokenBy({ life, before, isForgetful, isRestore }: Telling, entry: HistoryEntry): string | undefined {
  if (entry.outcome === "decided") takeDecision(life, before, entry);
  const group = groupNamed(entry.group);
  if (group === undefined) return undefined;
  const own = life.find(group, entry.value);
  const peer = life.find(group, entry.other ?? undefined);
  // Who had seen the winner before has not seen that it won, until it is written there.
  if (isRestore) for (const edit of [own, peer]) if (edit !== undefined) life.doubt(edit);
  const broken =
    own === undefined || peer === undefined || own === peer || isNothing(own) || isNothing(peer)
      ? undefined
      : judged({ life, isRestore }, entry, own, peer);
  // Whoever fills a field that is empty on both sides has seen that it is empty, by whichever hand; and where a backup came
  // back nobody can know what was seen, but history has both values, who and when.
  const isTaken = entry.outcome === "accepted" || entry.outcome === "converged";
  if (isTaken && peer !== undefined && (isForgetful || isNothing(peer))) life.loseEdit(peer);
  if (entry.outcome === "lost") life.lose(group, entry.value);
  return broken;
}

/** Rules by which a value is lost whoever had seen it: no judgement on what is concurrent. */
const ENDINGS: readonly Rule[] = ["decision", "new-life", "life-ended", "side-restored"];

function judged(
  { life, isRestore }: Pick<Telling, "life" | "isRestore">,
  { outcome, rule, group }: HistoryEntry,
  own: Edit,
  peer: Edit,
): string | undefined {
  const isAsked =
    (outcome === "parked" && rule !== "open-conflict" && rule !== "oscillation") || (outcome === "lost" && !ENDINGS.includes(rule));
  const isUnsure = isRestore || life.isUnsure(own) || life.isUnsure(peer);
  const isOrdered = (own.sharedPast & peer.bit) !== 0 || (peer.sharedPast & own.bit) !== 0;
  if (isAsked && isOrdered && !isUnsure && !own.isTwin && !peer.isTwin && !life.isChosen(own) && !life.isChosen(peer))
    return `P4: ${own.key} and ${peer.key} of ${group} are ordered by cause, and were taken for concurrent (${outcome} ${rule})`;
  const isReplaced = outcome === "accepted" && (rule === "newer" || rule === "first-sight");
  if (isReplaced && life.isChosen(own)) life.loseEdit(peer);
  if (isReplaced && !life.knewOf(own, peer) && !life.isLost(peer) && !peer.isUnseen && !life.isChosen(own))
    return `P1: ${own.key} of ${group} was taken for newer than ${peer.key}, which its maker had not seen`;
  return undefined;
}

/** A cleared value is no edit's own: an empty field of a new member looks the same, so order is not read off it. */
function isNothing({ key }: Edit): boolean {
  return key === "";
}

function takeDecision(life: Biography, before: Hub | undefined, { group, rule, value }: HistoryEntry): void {
  life.decisions += 1;
  if (group === LIFE) life.lifeDecisions += 1;
  const name = groupNamed(group);
  if (name === undefined) return;
  if (rule !== "custom") return life.choose(name, value);
  const seen = SIDES.reduce((bits, side) => bits | (life.find(name, before?.sides[side]?.shadow[name])?.bit ?? 0), 0);
  life.decide(name, value, seen);
}

/** P8: neither hub nor shadows ever move backwards, but for a side whose restore an operator has confirmed, once. */
function backwards(before: Hub, after: Hub, history: HubCommit["history"]): string | undefined {
  const isRestored = (side: Side) =>
    before.sides[side]?.restoredAt !== after.sides[side]?.restoredAt &&
    history.some(({ entries }) => entries.some((entry) => entry.outcome === "restored" && entry.side === side));
  for (const side of SIDES) {
    if (isRestored(side)) continue;
    const [from, to] = [before.sides[side]?.revision, after.sides[side]?.revision];
    if (from !== undefined && (to === undefined || compareRevisions(to, from) < 0))
      return `P8: ${side} went back from revision ${from} to ${to ?? "none"}`;
  }
  for (const [group, { ver }] of Object.entries(before.groups))
    if ((after.groups[group]?.ver ?? -1) < ver) return `P8: ${group} went back from version ${ver}`;
  return after.life.ver < before.life.ver ? "P8: the life register went back" : undefined;
}

/** P9: no stamp of the future stays in the hub, where it would win every time. */
function stampedAhead({ groups, life, plannedAt }: Hub): string | undefined {
  const ahead = Object.entries({ ...groups, life }).find(([, { changedAt }]) => changedAt > plannedAt);
  return ahead === undefined ? undefined : `P9: ${ahead[0]} carries a stamp of the future, ${ahead[1].changedAt - plannedAt} ms ahead`;
}

/** P5: what a new command carries is contested by nobody. */
function parkedAndSent(before: Hub | undefined, hub: Hub): string | undefined {
  for (const side of SIDES) {
    const sent = hub.out[side];
    if (sent === undefined || sent.writeId === before?.out[side]?.writeId) continue;
    // What a side lost with a replaced document is written back there, also while a person is asked about it.
    const isWrittenBack = (group: string) => hub.sides[side]?.missing?.includes(group) === true;
    const contested = Object.keys(sent.groups).find((group) => hub.groups[group]?.parked !== undefined && !isWrittenBack(group));
    if (contested !== undefined) return `P5: ${contested} is parked, and is sent to ${side}`;
  }
  return undefined;
}

/** P1: what a command replaces was seen by the maker of the new value, or the history names it. */
export function takeWrite(
  life: Biography,
  side: Side,
  group: GroupName,
  standing: GroupValue | undefined,
  value: GroupValue,
): string | undefined {
  const old = life.find(group, standing);
  const next = life.find(group, value);
  life.show(side, group, value);
  if (old === undefined || isNothing(old) || keyOf(value) === old.key || old.isUnseen || life.isLost(old)) return undefined;
  if (next !== undefined && (life.knewOf(next, old) || life.knewThrough(next, old) || life.isChosen(next))) return undefined;
  const isEnded = life.diedKnown(old) || life.edits[group].some((later) => (later.past & old.bit) !== 0 && life.isLost(later));
  return isEnded ? undefined : `P1: ${old.key} of ${group} is overwritten on ${side} by ${next?.key ?? "nothing"}, unseen and unrecorded`;
}
