import { LIFE } from "@member-sync/reconciler/core/hub.ts";
import type { Keys } from "./edit-keys.ts";
import { firstReportsOf } from "./first-reports.ts";
import { hadBefore } from "./index-lane.ts";
import { CLEARED } from "./keys.ts";
import { hasLanded } from "./landed.ts";
import type { Lane, MemberEvidence, Placed, Told } from "./lane.ts";
import { wasSeenCleared } from "./seen-cleared.ts";

/** The edits of a lane, with those that got no answer sorted by the evidence. */
export interface Sorted {
  /** Edits with an answer, and edits without one that happened; in their order. */
  readonly made: readonly Placed[];
  /** Edits without an answer that may have happened: others gave the same value, and nothing shows whether they did too. */
  readonly unknown: number;
  /** Edits without an answer whose own value is nowhere. */
  readonly neverLanded: number;
}

/**
 * Sorts out the edits without an answer. A value that nobody else gave proves its edit wherever it is found. A cleared
 * group and a life are not of that kind: such an edit happened only if the evidence holds something that no other edit
 * on record can have caused.
 */
export function sortUnanswered(member: MemberEvidence, lane: Lane, keys: Keys): Sorted {
  const unanswered = lane.edits.filter(({ edit }) => edit.unsure === true);
  const shared = unanswered.filter((placed) => sharedKeyOf(lane, placed, keys) !== undefined);
  const reported = reportedOf(member, lane, shared, keys);
  const isShared = new Set(shared);
  const made = lane.edits.flatMap((placed): readonly Placed[] => {
    if (placed.edit.unsure !== true) return [placed];
    if (!isShared.has(placed)) return hasLanded(member, lane, placed, keys) ? [placed] : [];
    const report = reported.get(placed);
    if (report !== undefined) return [{ ...placed, reportedAt: report.entry.changedAt }];
    return wasSeenCleared(member, lane, placed, keys) ? [placed] : [];
  });
  const unknown = shared.filter(({ at }) => !made.some((placed) => placed.at === at)).length;
  return { made, unknown, neverLanded: lane.edits.length - made.length - unknown };
}

/** The value of a clear or of a life, which other edits give too. */
function sharedKeyOf(lane: Lane, { edit }: Placed, keys: Keys): string | undefined {
  if (lane.group === LIFE) return keys.of(LIFE, edit.value);
  return keys.ofEdit(edit).has(CLEARED) ? CLEARED : undefined;
}

/** One report proves one edit. Where several edits without an answer may have caused it, one of them did: the latest, most likely. */
function reportedOf(member: MemberEvidence, lane: Lane, shared: readonly Placed[], keys: Keys): ReadonlyMap<Placed, Told> {
  const reported = new Map<Placed, Told>();
  const sharedKeys = new Set(shared.flatMap((placed) => sharedKeyOf(lane, placed, keys) ?? []));
  for (const key of sharedKeys) {
    const same = shared.filter((placed) => sharedKeyOf(lane, placed, keys) === key);
    const answered = lane.edits.filter((placed) => placed.edit.unsure !== true && sharedKeyOf(lane, placed, keys) === key);
    for (const told of firstReportsOf(member, lane, key, keys)) {
      const open = same.filter((placed) => !reported.has(placed) && mayHaveCaused(placed, told));
      const possible = open.filter((placed) => !answered.some((other) => isExplained(lane, [other, placed], told, keys)));
      const found = possible.at(-1);
      if (found !== undefined) reported.set(found, told);
    }
  }
  return reported;
}

function mayHaveCaused({ edit }: Placed, { entry }: Told): boolean {
  return entry.side === edit.side && edit.at <= entry.changedAt;
}

/**
 * Whether an answered edit may have caused a report instead. It may be reported under the time of a later save of the
 * member, but not after the next answered edit of the group began. Nor did it cause the report if it came before an edit
 * that found another value there.
 */
function isExplained({ edits, group }: Lane, [answered, placed]: readonly [Placed, Placed], told: Told, keys: Keys): boolean {
  if (!mayHaveCaused(answered, told)) return false;
  const had = hadBefore(placed);
  if (group !== LIFE && answered.at < placed.at && had !== undefined && keys.of(group, had) !== CLEARED) return false;
  const next = edits.find(({ edit, at }) => at > answered.at && edit.side === answered.edit.side && edit.unsure !== true);
  return next === undefined || told.entry.changedAt < next.edit.at;
}
