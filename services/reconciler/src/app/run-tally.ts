import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { Hub } from "../core/hub.ts";
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

export function createRunTally(hubs: HubStore): RunTally {
  let pending: readonly Expected[] = [];
  const applied = { django: 0, firestore: 0 };
  const refused = { django: 0, firestore: 0 };
  let conflicts = 0;

  const settle = (expected: Expected, hub: Hub | undefined): boolean => {
    if (hub?.out[expected.side]?.writeId === expected.writeId) return false;
    if (hub !== undefined && hasRefusal(hub, expected.side)) refused[expected.side] += 1;
    else applied[expected.side] += 1;
    return true;
  };

  return {
    expect(plans) {
      const commands = plans.flatMap((plan) => plan.commands);
      pending = [...pending, ...commands.map(({ memberRef, side, writeId }) => ({ memberRef, side, writeId }))];
      conflicts += plans.flatMap((plan) => plan.conflicts).filter((conflict) => conflict.state === "open").length;
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
        conflicts,
      };
    },
  };
}

function hasRefusal(hub: Hub, side: Side): boolean {
  const marks = [hub.life.parked, ...Object.values(hub.groups).map((group) => group.parked)];
  return marks.some((mark) => mark?.cause === "rejected" && mark.refusal?.side === side);
}

async function loadAll(hubs: HubStore, refs: readonly MemberRef[]): Promise<ReadonlyMap<MemberRef, Hub>> {
  const known = new Map<MemberRef, Hub>();
  for (let start = 0; start < refs.length; start += PAGE) {
    for (const [ref, { hub }] of await hubs.load(refs.slice(start, start + PAGE))) known.set(ref, hub);
  }
  return known;
}
