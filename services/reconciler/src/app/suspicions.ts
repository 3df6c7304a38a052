import type { Clock } from "@member-sync/shared/clock.ts";
import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Hub } from "../core/hub.ts";
import { isSuspended } from "../core/read-hub.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { Policy } from "../core/policy.ts";
import type { Telemetry } from "../telemetry.ts";
import { commitPlans, publishEffects } from "./commit-plans.ts";
import type { PolicySource } from "./control.ts";
import { planSuspended } from "./plan-for.ts";
import type { Control, HubStore } from "./ports.ts";
import { confirmRestore, isConfirmed, suspectedIn, withSuspected, type Confirmation, type RestoreRequest } from "./restores.ts";

const PAGE = 200;

export interface SuspicionPorts {
  readonly hubs: HubStore;
  readonly publisher: MessagePublisher;
  readonly policySource: PolicySource;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/**
 * Records that hubs show a side which seems to have been restored from a backup; from then on nothing is sent to it. A
 * member whose restore was confirmed while it was planned is planned anew.
 */
export async function noteSuspected(ports: SuspicionPorts, hubs: readonly Hub[]): Promise<void> {
  const found = suspectedIn(hubs);
  if (found.length === 0) return;
  const { policySource, clock, telemetry } = ports;
  let control = await policySource.control();
  if (withSuspected(control, found, clock()) !== null) {
    let before: Control = control;
    control = await policySource.update((stored) => {
      before = stored;
      return withSuspected(stored, found, clock());
    });
    for (const suspicion of control.suspicions) if (!before.suspicions.includes(suspicion)) telemetry.restoreSuspected(suspicion);
  }
  if (!found.some((one) => isConfirmed(control, one, clock()))) return;
  const suspended = hubs.filter((hub) => SIDES.some((side) => isSuspended(hub, side))).map(({ memberRef }) => memberRef);
  await planMembers(ports, suspended, await policySource.current());
}

/** Carries out an operator's confirmation. The members that wait for it are planned by the next sweep. */
export async function confirm(ports: SuspicionPorts, request: RestoreRequest, actor: string | null): Promise<Confirmation> {
  let confirmation: Confirmation | undefined;
  await ports.policySource.update((stored) => {
    confirmation = confirmRestore(stored, request, actor, ports.clock());
    return confirmation.kind === "confirmed" ? confirmation.control : null;
  });
  const outcome = confirmation ?? { kind: "ambiguous", lineages: [] };
  if (outcome.kind === "confirmed") ports.telemetry.restoreConfirmed(outcome.restore);
  return outcome;
}

/** Plans every member that waits for a restore which has been confirmed. @returns how many were planned */
export async function planRestored(ports: Omit<SuspicionPorts, "policySource" | "telemetry">, policy: Policy): Promise<number> {
  let planned = 0;
  let after: string | null = null;
  for (;;) {
    const refs: readonly string[] = await ports.hubs.waiting(after, PAGE);
    const last = refs.at(-1);
    if (last === undefined) return planned;
    after = last;
    planned += await planMembers(ports, refs, policy);
  }
}

/** How many of these members wait for the restore of each side to be confirmed. */
export async function countSuspended(hubs: HubStore, refs: readonly MemberRef[]): Promise<Readonly<Record<Side, number>>> {
  const loaded = [...(await hubs.load(refs)).values()];
  const of = (side: Side) => loaded.filter(({ hub }) => isSuspended(hub, side)).length;
  return { django: of("django"), firestore: of("firestore") };
}

async function planMembers(
  ports: Omit<SuspicionPorts, "policySource" | "telemetry">,
  refs: readonly MemberRef[],
  policy: Policy,
): Promise<number> {
  const outcomes = await commitPlans(ports.hubs, refs, (_, hub) => hub && planSuspended(hub, policy, ports.clock()));
  const plans = [...outcomes.values()].flatMap((outcome) => (outcome.kind === "stored" ? [outcome.plan] : []));
  await publishEffects(ports.publisher, plans);
  return plans.length;
}
