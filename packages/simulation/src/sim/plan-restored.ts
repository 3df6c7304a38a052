import { commitPlans, publishEffects } from "@member-sync/reconciler/app/commit-plans.ts";
import { planWaiting } from "@member-sync/reconciler/app/plan-for.ts";
import type { HubStore } from "@member-sync/reconciler/app/ports.ts";
import type { Policy, Restore } from "@member-sync/reconciler/core/policy.ts";
import type { Hub } from "@member-sync/reconciler/core/hub.ts";
import { plan, type Plan } from "@member-sync/reconciler/core/plan.ts";
import { isSuspended } from "@member-sync/reconciler/core/read-hub.ts";
import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import type { Clock } from "@member-sync/shared/clock.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";

export type Restores = { readonly [S in Side]?: Restore };

export interface RestoredDeps {
  readonly hubs: HubStore;
  readonly publisher: MessagePublisher;
  readonly policy: () => Promise<Policy>;
  readonly clock: Clock;
}

const PAGE = 300;

/** Plans the hubs that waited for an operator to confirm the restore of a side, and no others. */
export async function planRestored({ hubs, publisher, policy, clock }: RestoredDeps): Promise<void> {
  const rules = await policy();
  const confirmed = SIDES.filter((side) => rules.restores?.[side] !== undefined);
  if (confirmed.length === 0) return;
  const loaded = await hubs.load(await hubs.waiting(null, PAGE));
  const refs = [...loaded].flatMap(([ref, { hub }]) => (confirmed.some((side) => isSuspended(hub, side)) ? [ref] : []));
  if (refs.length === 0) return;
  const outcomes = await commitPlans(hubs, refs, (_, hub) => planOne(hub, rules, clock()));
  const plans = [...outcomes.values()].flatMap((outcome) => (outcome.kind === "stored" ? [outcome.plan] : []));
  await publishEffects(publisher, plans);
}

function planOne(hub: Hub | undefined, policy: Policy, now: number): Plan {
  return hub === undefined ? plan(hub, [], policy, now) : planWaiting(hub, policy, now);
}
