import { groupSides } from "@member-sync/fakes/sides/group-sides.ts";
import type { GroupValue, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { held } from "./reconciler-under-test.ts";

/** Two sides with many members, each a real compare-and-set by revision; what changes comes back as observations. */
export interface TwoSides {
  /** A person's edit; creates the member where there is none. */
  edit(side: Side, kennitala: string, group: string, value: GroupValue): Observation;
  /** Carries a command out, as an applier does, and answers; what it wrote is seen once more as an event without an answer. */
  apply(command: ApplyCommand): readonly Observation[];
  /** Everything that a side holds, by kennitala. */
  holds(side: Side): ReadonlyMap<string, MemberRecord>;
  /** Commands that have changed something. */
  writes(): number;
}

/** @param now the sides' clock */
export function twoSides(now: () => number): TwoSides {
  const sides = groupSides();
  let writes = 0;
  const observe = (side: Side, kennitala: string): Observation => {
    const { record, revision, life, writeId } = sides[side].held(kennitala);
    return held(side, revision, record, { kennitala, life, writeId, changedAt: now() });
  };
  return {
    edit(side, kennitala, group, value) {
      sides[side].edit(kennitala, group, value);
      return observe(side, kennitala);
    },
    apply(command) {
      const { side, kennitala, writeId } = command;
      const { status, isWritten } = sides[side].apply(command);
      if (isWritten) writes += 1;
      const observation = observe(side, kennitala);
      return [{ ...observation, answer: { writeId, status } }, ...(status === "applied" ? [observation] : [])];
    },
    holds: (side) => new Map(sides[side].members().map((kennitala) => [kennitala, sides[side].held(kennitala).record])),
    writes: () => writes,
  };
}
