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
import type { HubStore } from "./ports.ts";

/** How often a member is planned anew when somebody else keeps writing its hub. */
const MAX_ROUNDS = 6;

export interface CommitPorts {
  readonly hubs: HubStore;
  readonly publisher: MessagePublisher;
}

/** What came of one member: its plan stored, nothing to store, or (`contended`, `unstored`) to be tried again later. */
export type MemberOutcome =
  | { readonly kind: "stored"; readonly plan: Plan }
  | { readonly kind: "unchanged"; readonly plan: Plan }
  | { readonly kind: "contended" }
  | { readonly kind: "unstored"; readonly error: Error }
  | { readonly kind: "failed"; readonly error: unknown };

/**
 * Loads the hubs of these members, plans each, and commits all that changed in one grouped write, each guarded by its
 * own compare-and-set. A member whose hub somebody else wrote meanwhile is loaded and planned anew, alone. Nothing is
 * sent: effects follow state, see `publishEffects`.
 *
 * @param planOne plans one member; a throw is that member's outcome and nobody else's
 */
export async function commitPlans(
  hubs: HubStore,
  memberRefs: readonly MemberRef[],
  planOne: (memberRef: MemberRef, hub: Hub | undefined) => Plan,
): Promise<ReadonlyMap<MemberRef, MemberOutcome>> {
  const outcomes = new Map<MemberRef, MemberOutcome>();
  let pending = memberRefs;
  for (let round = 0; round < MAX_ROUNDS && pending.length > 0; round += 1) {
    pending = await commitRound(hubs, pending, planOne, outcomes);
  }
  for (const memberRef of pending) outcomes.set(memberRef, { kind: "contended" });
  return outcomes;
}

/** @returns the members whose hub had been written by somebody else */
async function commitRound(
  hubs: HubStore,
  memberRefs: readonly MemberRef[],
  planOne: (memberRef: MemberRef, hub: Hub | undefined) => Plan,
  outcomes: Map<MemberRef, MemberOutcome>,
): Promise<readonly MemberRef[]> {
  const stored = await hubs.load(memberRefs);
  const changed: { readonly memberRef: MemberRef; readonly plan: Plan; readonly token: string | null }[] = [];
  for (const memberRef of memberRefs) {
    const before = stored.get(memberRef);
    try {
      const plan = planOne(memberRef, before?.hub);
      if (plan.changed) changed.push({ memberRef, plan, token: before?.token ?? null });
      else outcomes.set(memberRef, { kind: "unchanged", plan });
    } catch (error) {
      outcomes.set(memberRef, { kind: "failed", error });
    }
  }
  const results = await hubs.commit(
    changed.map(({ plan, token }) => ({ hub: plan.hub, token, history: plan.history, conflicts: plan.conflicts })),
  );
  const outdated: MemberRef[] = [];
  changed.forEach(({ memberRef, plan }, index) => {
    const result = results[index];
    if (result?.kind === "committed") outcomes.set(memberRef, { kind: "stored", plan });
    else if (result?.kind === "unstored") outcomes.set(memberRef, result);
    else outdated.push(memberRef);
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
      plans.flatMap((plan) => plan.conflicts),
    ),
  ]);
}

/** Sends commands, grouped by side into as few messages as possible. */
export async function publishCommands(publisher: MessagePublisher, commands: readonly ApplyCommand[]): Promise<void> {
  for (const side of SIDES) {
    const own = commands.filter((command) => command.side === side);
    if (own.length > 0) await publisher.publish(applyTopic(side), packEnvelopes("member-apply.v1", side, own));
  }
}

async function publishConflicts(publisher: MessagePublisher, conflicts: readonly Conflict[]): Promise<void> {
  if (conflicts.length > 0) await publisher.publish("member-conflicts", packNotices(conflicts));
}
