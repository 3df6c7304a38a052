import type { GroupValue, Life, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { held } from "./reconciler-under-test.ts";

interface Standing {
  readonly record: MemberRecord;
  readonly life: Life;
  readonly revision: number;
  readonly writeId: string | null;
}

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
  const contents: Record<Side, Map<string, Standing>> = { django: new Map(), firestore: new Map() };
  let revision = 0;
  let writes = 0;
  const observe = (side: Side, kennitala: string): Observation => {
    const { record, life, revision: at, writeId } = contents[side].get(kennitala) ?? NOTHING;
    return held(side, at, record, { kennitala, life, writeId, changedAt: now() });
  };
  const put = (side: Side, kennitala: string, changes: MemberRecord, writeId: string | null) => {
    const before = contents[side].get(kennitala) ?? NOTHING;
    revision += 1;
    const record = { ...before.record, ...changes };
    contents[side].set(kennitala, { record, life: "alive", revision, writeId: writeId ?? before.writeId });
  };
  return {
    edit(side, kennitala, group, value) {
      put(side, kennitala, { [group]: value }, null);
      return observe(side, kennitala);
    },
    apply({ side, kennitala, writeId, expectRevision, groups }) {
      const before = contents[side].get(kennitala) ?? NOTHING;
      const stands = before.life === "missing" ? expectRevision === null : expectRevision === String(before.revision);
      const isDone = before.writeId === writeId;
      if (stands && !isDone) {
        put(side, kennitala, groups, writeId);
        writes += 1;
      }
      const observation = observe(side, kennitala);
      const status = stands || isDone ? "applied" : "stale";
      return [{ ...observation, answer: { writeId, status } }, ...(status === "applied" ? [observation] : [])];
    },
    holds: (side) => new Map([...contents[side]].map(([kennitala, { record }]) => [kennitala, record])),
    writes: () => writes,
  };
}

const NOTHING: Standing = { record: {}, life: "missing", revision: 0, writeId: null };
