import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { HistoryEntry } from "./history.ts";
import type { Hub } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import { registerOf } from "./read-hub.ts";

/** Changes that do not propagate and must be seen all the same: forbidden paths, unmapped ones, fields lost with a document. */
export function notesOf(observation: Observation, hub: Hub): readonly Outcome[] {
  const { side, actor, revision, refused = [], unmapped = [], replaced = [] } = observation;
  const changedAt = Math.min(observation.changedAt, hub.plannedAt);
  const note = (ended: Pick<HistoryEntry, "group" | "outcome" | "rule" | "other" | "ver">): Outcome => ({
    kind: "entry",
    entry: { side, actor, changedAt, value: null, ...ended },
  });
  return [
    ...refused.map((path) => note({ group: path, outcome: "refused", rule: "forbidden", other: null, ver: 0 })),
    ...unmapped.map((path) => note({ group: path, outcome: "unmapped", rule: "no-field-maps-it", other: null, ver: 0 })),
    ...replaced.map((group) => {
      const { value, ver } = registerOf(hub, group);
      return note({ group, outcome: "kept", rule: "document-replaced", other: value, ver });
    }),
    { kind: "notes-heard", side, revision },
  ];
}
