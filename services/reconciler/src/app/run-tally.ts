import { chunksOf } from "@member-sync/shared/chunks.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { Hub, Instant, Parked } from "../core/hub.ts";
import type { Plan } from "../core/plan.ts";
import type { DrainReport, HubStore, Run } from "./ports.ts";

const PAGE = 300;

interface Expected {
  readonly memberRef: MemberRef;
  readonly side: Side;
  readonly writeId: string;
}

/** Counts what a run sent and what became of it, by asking the hubs: true whichever instance took the answers in. */
export interface RunTally {
  expect(plans: readonly Plan[]): void;
  /** Realtime mode: the intake planned what was drained; its commands count to the run that drained them. */
  expectDrained(report: DrainReport): Promise<void>;
  isAnswered(): Promise<boolean>;
  unanswered(): number;
  stats(): Run["stats"];
}

/** @param since when the run began: what was refused before is not this run's doing */
export function createRunTally(hubs: HubStore, since: Instant): RunTally {
  let pending: readonly Expected[] = [];
  const applied = { django: 0, firestore: 0 };
  const refused = { django: 0, firestore: 0 };
  const conflicts = new Set<string>();

  const settle = (expected: Expected, hub: Hub | undefined): boolean => {
    if (hub?.out[expected.side]?.writeId === expected.writeId) return false;
    const refusals = hub === undefined ? [] : refusalsOf(hub, expected.side, since);
    for (const { conflictId } of refusals) conflicts.add(conflictId);
    (refusals.length > 0 ? refused : applied)[expected.side] += 1;
    return true;
  };

  return {
    expect(plans) {
      const commands = plans.flatMap((plan) => plan.commands);
      pending = [...pending, ...commands.map(({ memberRef, side, writeId }) => ({ memberRef, side, writeId }))];
      for (const { id, state } of plans.flatMap((plan) => plan.conflicts)) if (state === "open") conflicts.add(id);
    },
    async expectDrained(report) {
      const refs = [...new Set(report.published.map(({ memberRef }) => memberRef))];
      for (const [memberRef, hub] of await loadAll(hubs, refs)) {
        const inFlight = hub.out.firestore;
        if (inFlight !== undefined) pending = [...pending, { memberRef, side: "firestore", writeId: inFlight.writeId }];
        else if (hub.waiting.django === undefined) applied.firestore += 1;
      }
    },
    async isAnswered() {
      const known = await loadAll(hubs, [...new Set(pending.map(({ memberRef }) => memberRef))]);
      pending = pending.filter((expected) => !settle(expected, known.get(expected.memberRef)));
      return pending.length === 0;
    },
    unanswered: () => pending.length,
    stats() {
      const open = (side: Side) => pending.filter((expected) => expected.side === side).length;
      return {
        firestore_to_django: { success: applied.django, failed: refused.django + open("django") },
        django_to_firestore: { success: applied.firestore, failed: refused.firestore + open("firestore") },
        conflicts: conflicts.size,
      };
    },
  };
}

function refusalsOf(hub: Hub, side: Side, since: Instant): readonly Parked[] {
  const marks = [hub.life, ...Object.values(hub.groups)].flatMap(({ parked }) => (parked === undefined ? [] : [parked]));
  return marks.filter(({ cause, refusal, openedAt }) => cause === "rejected" && refusal?.side === side && openedAt >= since);
}

async function loadAll(hubs: HubStore, refs: readonly MemberRef[]): Promise<ReadonlyMap<MemberRef, Hub>> {
  const known = new Map<MemberRef, Hub>();
  for (const page of chunksOf(refs, PAGE)) {
    for (const [ref, { hub }] of await hubs.load(page)) known.set(ref, hub);
  }
  return known;
}
