import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import { applyTopic } from "@member-sync/shared/topology.ts";
import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { packEnvelopes } from "@member-sync/shared/messages/envelope.ts";
import type { Conflict } from "../core/conflict.ts";
import type { Hub } from "../core/hub.ts";
import type { Plan } from "../core/plan.ts";
import { packNotices } from "./conflict-notices.ts";
import type { HubStore, StoredHub } from "./ports.ts";
import type { RecentHubs } from "./recent-hubs.ts";

/** How often a member is planned anew when somebody else keeps writing its hub. */
const MAX_ROUNDS = 6;

export interface CommitPorts {
  readonly hubs: HubStore;
  readonly publisher: MessagePublisher;
}

/** Plans one member on its hub as stored; `undefined` when there is nothing to plan. */
type PlanOne = (memberRef: MemberRef, hub: Hub | undefined) => Plan | undefined;

/** What came of one member: its plan stored, nothing to store, or (`contended`, `unstored`) to be tried again later. */
export type MemberOutcome =
  | { readonly kind: "stored"; readonly plan: Plan }
  | { readonly kind: "unchanged"; readonly hub: Hub | undefined }
  | { readonly kind: "contended" }
  | { readonly kind: "unstored"; readonly error: Error }
  | { readonly kind: "failed"; readonly error: unknown };

/**
 * Loads the hubs of these members, plans each, and commits all that changed in one grouped write, each guarded by its
 * own compare-and-set. A member whose hub somebody else wrote meanwhile is loaded and planned anew, alone. Nothing is
 * sent: effects follow state, see `publishEffects`.
 *
 * @param planOne plans one member; a throw is that member's outcome and nobody else's
 * @param recent spares the read of hubs that were just stored
 */
export async function commitPlans(
  hubs: HubStore,
  memberRefs: readonly MemberRef[],
  planOne: PlanOne,
  recent?: RecentHubs,
): Promise<ReadonlyMap<MemberRef, MemberOutcome>> {
  const outcomes = new Map<MemberRef, MemberOutcome>();
  let remembered = recent?.take(memberRefs) ?? new Map<MemberRef, StoredHub>();
  let pending = memberRefs;
  for (let round = 0; round < MAX_ROUNDS && pending.length > 0; round += 1) {
    pending = await commitRound({ hubs, remembered, planOne, outcomes, recent }, pending);
    remembered = new Map();
  }
  for (const memberRef of pending) outcomes.set(memberRef, { kind: "contended" });
  return outcomes;
}

interface Round {
  readonly hubs: HubStore;
  /** May be outdated. */
  readonly remembered: ReadonlyMap<MemberRef, StoredHub>;
  readonly planOne: PlanOne;
  readonly outcomes: Map<MemberRef, MemberOutcome>;
  readonly recent: RecentHubs | undefined;
}

interface Candidate {
  readonly memberRef: MemberRef;
  readonly plan: Plan;
  readonly token: string | null;
}

/** @returns the members whose hub must be loaded and planned anew */
async function commitRound(round: Round, memberRefs: readonly MemberRef[]): Promise<readonly MemberRef[]> {
  const loaded = await round.hubs.load(memberRefs.filter((memberRef) => !round.remembered.has(memberRef)));
  const changed: Candidate[] = [];
  const again: MemberRef[] = [];
  for (const memberRef of memberRefs) {
    const before = round.remembered.get(memberRef) ?? loaded.get(memberRef);
    try {
      const plan = round.planOne(memberRef, before?.hub);
      if (plan?.changed === true) changed.push({ memberRef, plan, token: before?.token ?? null });
      // P1: what would be dropped for a hub that is remembered may be new to the one that is stored.
      else if (round.remembered.has(memberRef)) again.push(memberRef);
      else round.outcomes.set(memberRef, { kind: "unchanged", hub: before?.hub });
    } catch (error) {
      round.outcomes.set(memberRef, { kind: "failed", error });
    }
  }
  return [...again, ...(await commitChanged(round, changed))];
}

/** @returns the members whose hub had been written by somebody else */
async function commitChanged({ hubs, outcomes, recent }: Round, changed: readonly Candidate[]): Promise<readonly MemberRef[]> {
  const results = await hubs.commit(
    changed.map(({ plan, token }) => ({ hub: plan.hub, token, history: plan.history, conflicts: plan.conflicts })),
  );
  const outdated: MemberRef[] = [];
  changed.forEach(({ memberRef, plan }, index) => {
    const result = results[index];
    switch (result?.kind) {
      case "committed":
        outcomes.set(memberRef, { kind: "stored", plan });
        recent?.keep({ hub: plan.hub, token: result.token });
        break;
      case "unstored":
        outcomes.set(memberRef, result);
        break;
      case "outdated":
      case undefined:
        outdated.push(memberRef);
    }
  });
  return outdated;
}

/** Sends what stored plans call for. Only ever after their commit: state before effect. */
export async function publishEffects(publisher: MessagePublisher, plans: readonly Plan[]): Promise<void> {
  await Promise.all([
    publishCommands(
      publisher,
      plans.flatMap((plan) => plan.commands),
    ),
    publishConflicts(
      publisher,
      plans.flatMap((plan) => plan.notices),
    ),
  ]);
}

/** Sends commands, grouped by side into as few messages as possible. */
export async function publishCommands(publisher: MessagePublisher, commands: readonly ApplyCommand[]): Promise<void> {
  await Promise.all(
    SIDES.map(async (side) => {
      const own = commands.filter((command) => command.side === side);
      if (own.length > 0) await publisher.publish(applyTopic(side), packEnvelopes("member-apply.v1", side, own));
    }),
  );
}

async function publishConflicts(publisher: MessagePublisher, conflicts: readonly Conflict[]): Promise<void> {
  if (conflicts.length > 0) await publisher.publish("member-conflicts", packNotices(conflicts));
}
