import type { GroupName, GroupValue, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { Edit } from "./facts.ts";
import type { ContentStamp, Hub, Instant } from "./hub.ts";
import type { Policy } from "./policy.ts";
import { isUnread, registerOf } from "./read-hub.ts";
import { isFirstMeeting, type Reading } from "./reading.ts";

interface Content {
  /** What the side held before, our own write counted in. */
  readonly base: MemberRecord;
  /** The groups to read; all of them when `undefined`. */
  readonly only: readonly GroupName[] | undefined;
  /** Groups that this very step wrote: a difference in one of these is the side's own rewriting. */
  readonly rewritable: readonly GroupName[];
}

interface Changes {
  readonly record: MemberRecord;
  readonly edits: readonly Edit[];
  readonly stamps: Readonly<Record<GroupName, ContentStamp>>;
}

/** What the observation's record says of each group, and which of them somebody changed. */
export function changesIn(reading: Reading, { base, only, rewritable }: Content): Changes {
  const { hub, observation, planning, known, before } = reading;
  const isPart = only !== undefined || observation.unknown !== undefined;
  const part: Record<GroupName, GroupValue> | undefined = isPart ? {} : undefined;
  const edits: Edit[] = [];
  const stamps: Record<GroupName, ContentStamp> = {};
  const isMeeting = isFirstMeeting(before);
  const isAfterRestore = before === "restored";
  const { record, unknown } = observation;
  for (const group in record) {
    const value = record[group] ?? null;
    if (only?.includes(group) === false || unknown?.includes(group) === true) continue;
    if (part !== undefined) part[group] = value;
    // Before a first meeting the base is empty: an empty group is then no clear, and our value fills it. After a restore the hub's
    // value stands for the base, which is forgotten: there an empty group may be a clear.
    const agreed = isAfterRestore ? registerOf(hub, group).value : base[group];
    const isSame = planning.policy.same(group, value, agreed);
    // A group that a new life leaves empty is no edit; all the same its stamp must name nobody of the first life.
    const isOfAnotherLife = before === "missing" && known?.stamps[group] !== undefined;
    if (isSame && !isOfAnotherLife) continue;
    const stamp = stampOf(reading, group, value);
    stamps[group] = stamp;
    if (isSame) continue;
    const isNeverRead = known !== undefined && isUnread(known, group) && known.seen[group] === undefined;
    const isFirstSight = isMeeting || isNeverRead;
    edits.push({ group, value, base: base[group], stamp, isFirstSight, isRewritten: rewritable.includes(group), isAfterRestore });
  }
  return { record: part ?? record, edits, stamps };
}

function stampOf({ hub, observation, planning }: Reading, group: GroupName, value: GroupValue): ContentStamp {
  const { side, actor, clockErrorMs } = observation;
  const seenAt = firstSeenAt({ hub, policy: planning.policy }, { side, group, value }) ?? observation.changedAt;
  // One stamp of the far future must not win every `lww` from now on.
  const changedAt = Math.min(seenAt, planning.now);
  return { changedAt, actor, ...(clockErrorMs !== undefined && { clockErrorMs }) };
}

/** A group that waits for a flush keeps the time at which its value was first seen. */
export function firstSeenAt(
  { hub, policy }: { readonly hub: Hub; readonly policy: Policy },
  { side, group, value }: { readonly side: "django" | "firestore"; readonly group: GroupName; readonly value: GroupValue },
): Instant | undefined {
  const wait = hub.waiting[side];
  const hasWaited = wait !== undefined && policy.same(group, wait.observation.record[group], value);
  return hasWaited ? wait.firstSeenAt[group] : undefined;
}
