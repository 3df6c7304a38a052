import { planDecision } from "@member-sync/reconciler/core/plan-decision.ts";
import { commandOf } from "@member-sync/reconciler/core/emit.ts";
import { isInSync } from "@member-sync/reconciler/core/in-sync.ts";
import { plan } from "@member-sync/reconciler/core/plan.ts";

/** The functions of the reconciler's core that a world calls: the production ones, or those of a mutant. */
export interface Planner {
  readonly plan: typeof plan;
  readonly planDecision: typeof planDecision;
  readonly commandOf: typeof commandOf;
  readonly isInSync: typeof isInSync;
}

export const PRODUCTION: Planner = { plan, planDecision, commandOf, isInSync };
