import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { FactOf } from "./facts.ts";
import type { HistoryEntry } from "./history.ts";
import type { Hub } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import type { Policy } from "./policy.ts";
import { heldBy, registerOf } from "./read-hub.ts";

/**
 * Changes that do not propagate and must be seen all the same: forbidden paths, unmapped ones, fields lost with a document.
 * P1: a value that only the replaced document had, and that is heard of too late to be put back, is recorded as lost.
 */
export function notesOf({ observation, isLate }: FactOf<"noted">, hub: Hub, policy: Policy): readonly Outcome[] {
  const { record, side, actor, revision, refused = [], unmapped = [], replaced = [] } = observation;
  const changedAt = Math.min(observation.changedAt, hub.plannedAt);
  const note = (ended: Pick<HistoryEntry, "group" | "outcome" | "rule" | "other" | "ver"> & Partial<HistoryEntry>): Outcome => ({
    kind: "entry",
    entry: { side, actor, changedAt, value: null, ...ended },
  });
  const isLost = (group: GroupName) =>
    isLate &&
    group in record &&
    !policy.same(group, record[group], registerOf(hub, group).value) &&
    !policy.same(group, record[group], heldBy(hub.sides[side], group));
  return [
    ...refused.map((path) => note({ group: path, outcome: "refused", rule: "forbidden", other: null, ver: 0 })),
    ...unmapped.map((path) => note({ group: path, outcome: "unmapped", rule: "no-field-maps-it", other: null, ver: 0 })),
    ...replaced.map((group) => {
      const { value, ver } = registerOf(hub, group);
      const ended = { group, rule: "document-replaced", other: value, ver } as const;
      return isLost(group)
        ? note({ ...ended, outcome: "lost", value: heldBy({ shadow: record }, group) })
        : note({ ...ended, outcome: "kept" });
    }),
    { kind: "notes-heard", side, revision },
  ];
}
