import { checkLedger } from "@member-sync/simulation/ledger/check-ledger.ts";
import type { Evidence } from "@member-sync/simulation/ledger/evidence.ts";
import type { Ledger } from "@member-sync/simulation/ledger/ledger.ts";
import { z } from "zod";
import { eventually } from "../../e2e/world/eventually.ts";
import type { World } from "../../e2e/world/world.ts";
import { describeLedger } from "../../src/verify/describe-ledger.ts";
import { evidenceOf } from "./evidence.ts";
import type { Workload } from "./workload.ts";

/** The last ledger that could be drawn up, and whether it is final. */
export interface Settled {
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  /** Nothing was under way, and two looks found the same. */
  readonly isAtRest: boolean;
}

const outbox = z.object({ pending: z.number() });

/**
 * What must hold when people stop and faults have ended: the system comes to rest, and every edit that anybody made is
 * accounted for. Throws with the ledger and the first edits that are not.
 */
export async function expectBalanced(
  world: World,
  workload: Workload,
  { withinMs = 90_000 }: { readonly withinMs?: number } = {},
): Promise<Ledger> {
  await workload.stop();
  const { ledger, isAtRest } = await settledLedger(world, workload, withinMs);
  if (ledger.isBalanced && isAtRest) return ledger;
  const state = isAtRest ? "the ledger does not balance" : `the system did not come to rest within ${withinMs / 1000} s`;
  throw new Error(`seed ${workload.seed}: ${state}\n${describeLedger(ledger)}`);
}

/** Waits until nothing is under way and the ledger balances; when that does not come, gives what was found last. */
export async function settledLedger(world: World, workload: Workload, withinMs: number): Promise<Settled> {
  let last: Settled | undefined;
  try {
    await eventually({ what: "the system at rest, with every edit accounted for", withinMs, everyMs: 400 }, async () => {
      const isIdle = await nothingIsUnderWay(world);
      const evidence = await evidenceOf(world, workload);
      const isAtRest = isIdle && JSON.stringify(evidence) === JSON.stringify(last?.evidence);
      last = { ledger: checkLedger(evidence), evidence, isAtRest };
      return isAtRest && last.ledger.isBalanced;
    });
  } catch (error) {
    if (last === undefined) throw error;
  }
  if (last === undefined) throw new Error("nothing could be read");
  return last;
}

async function nothingIsUnderWay({ stack, api, django }: World): Promise<boolean> {
  if (stack.pendingEvents() !== 0) return false;
  const { backlog } = await api.status();
  if (backlog === undefined || backlog.inFlight + backlog.waiting + backlog.due > 0) return false;
  const { pending } = outbox.parse((await django.call("GET", "api/sync/status/")).body);
  return pending === 0;
}
