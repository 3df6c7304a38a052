import { under, type IndexedLane } from "./index-lane.ts";
import { CLEARED } from "./keys.ts";
import type { Placed, Told } from "./lane.ts";

/**
 * An earlier save of its side, whose editor got no answer, was taken after this edit had been answered and before anybody
 * read the side. The history never hears of this edit; it first hears of that save at a later time, as a change of what
 * this editor had too. A side reports no command as an edit, so it was that save which replaced this edit.
 */
export function wasOverwrittenLate(lane: IndexedLane, { edit, at }: Placed): boolean {
  const { side, answeredAt, saw, looked } = edit;
  if (answeredAt === undefined || [...under(lane.toldOf, lane.keys.ofEdit(edit))].length > 0) return false;
  return lane.edits.some((late) => {
    if (late.edit.unsure !== true || late.at > at) return false;
    const first = firstReportOf(lane, late);
    if (first?.entry.side !== side || first.entry.changedAt < answeredAt) return false;
    return lane.keyOf(first.entry.other) === lane.keyOf(saw ?? looked);
  });
}

/** Where the history first hears of an edit without an answer: by its value, and of a clear by its time. */
function firstReportOf({ keys, toldOf }: IndexedLane, { edit, reportedAt }: Placed): Told | undefined {
  const values = keys.ofEdit(edit);
  const reports = [...under(toldOf, values)].sort((a, b) => a.at - b.at);
  return reports.find(({ entry }) => !values.has(CLEARED) || entry.changedAt === reportedAt);
}
