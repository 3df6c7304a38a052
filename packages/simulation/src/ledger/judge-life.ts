import { LIFE } from "@member-sync/reconciler/core/hub.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { Judgement } from "./judge-value.ts";
import type { Lane, MemberEvidence, Placed, Told } from "./lane.ts";
import type { RecordedEdit } from "./recorded-edit.ts";

interface Case {
  readonly member: MemberEvidence;
  readonly lane: Lane;
  readonly spent: Set<Told>;
}

/** Follows a create, a removal or a change of status to its end. Lives have two values, so order tells them apart. */
export function judgeLife(matter: Case, placed: Placed): Judgement {
  const { edit } = placed;
  if (wasReplaced(matter, placed)) return { ending: "superseded" };
  if (SIDES.every((side) => lifeOn(matter, side) === edit.value)) return { ending: "current" };
  if (matter.lane.open !== undefined && lifeOn(matter, edit.side) === edit.value) return { ending: "in-conflict" };
  if (take(matter, edit, "refused")) return { ending: "refused" };
  if (take(matter, edit, "lost")) return { ending: "lost" };
  const told = matter.lane.told.map(
    ({ entry }) => `${entry.outcome} ${entry.value === "alive" ? "alive" : "deleted"} of ${entry.side} by ${entry.rule}`,
  );
  return {
    why: `Django has it ${lifeOn(matter, "django")}, Firestore ${lifeOn(matter, "firestore")}; ${told.join("; then ") || "no history"}`,
  };
}

function lifeOn({ member }: Case, side: Side): string {
  return member.final?.[side].life === "alive" ? "alive" : "deleted";
}

/** The next who changed the member's life had this one's word before them. */
function wasReplaced({ lane }: Case, { edit, at }: Placed): boolean {
  for (const later of lane.edits) {
    if (later.at <= at || later.edit.value === edit.value) {
      if (later.at > at && later.edit.side === edit.side) return false;
      continue;
    }
    if (later.edit.saw === edit.value) return true;
  }
  return false;
}

function take({ lane, spent }: Case, edit: RecordedEdit, outcome: "refused" | "lost"): boolean {
  const found = lane.told.find(
    (told) =>
      told.entry.outcome === outcome &&
      told.entry.side === edit.side &&
      (told.entry.value === edit.value || told.entry.group !== LIFE) &&
      !spent.has(told),
  );
  if (found !== undefined) spent.add(found);
  return found !== undefined;
}
