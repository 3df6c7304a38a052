import type { Clock } from "@member-sync/shared/clock.ts";
import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import { SIDES } from "@member-sync/shared/member/side.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { commandOf } from "../core/emit.ts";
import type { Hub } from "../core/hub.ts";
import { plan } from "../core/plan.ts";
import { isOpen, type Policy } from "../core/policy.ts";
import { isSuspended } from "../core/read-hub.ts";
import { isResendDue, RESEND_AFTER_MS } from "../core/resend.ts";
import type { Telemetry } from "../telemetry.ts";
import { commitPlans, publishCommands, publishEffects } from "./commit-plans.ts";
import type { HubStore, Page } from "./ports.ts";
import { planRestored } from "./suspicions.ts";

const PAGE = 300;

export interface SweepPorts {
  readonly hubs: HubStore;
  readonly publisher: MessagePublisher;
  readonly policy: () => Promise<Policy>;
  /** When an operator last confirmed a restore, as far as this process knows. */
  readonly restoredAt: () => Promise<number>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** When this process last took something in or stored something, epoch milliseconds. */
  readonly lastActivity: () => number;
}

export interface SweepReport {
  /** Commands sent again, with their first write id. */
  readonly resent: number;
  /** Members whose accepted edits had no command yet, or that waited for a restore to be confirmed, and were planned. */
  readonly released: number;
}

/** The two ways to sweep. Both heal what a crash between commit and send left behind, and send what waited for its direction to open. */
export interface Sweeps {
  /** Looks through everything. */
  readonly sweep: () => Promise<SweepReport>;
  /**
   * What a schedule calls. It costs two reads where nothing is in flight and nothing is due, and none where that was so
   * a short while ago and this process has done nothing since (docs/decisions/0013-idle-sweeps.md).
   */
  readonly routineSweep: () => Promise<SweepReport>;
}

/** Another instance may have died since: what it left in flight waits no longer than this. */
const LOOK_AGAIN_MS = 15 * 60_000;
const NOTHING: SweepReport = { resent: 0, released: 0 };

export function createSweeps(ports: SweepPorts): Sweeps {
  /** When it was last asked what is due to be sent again. */
  let previous = 0;
  /** What the clock said at the last sweep of either kind. */
  let latest = 0;
  /** The last confirmation of a restore whose waiting members have all been planned. */
  let resumedAt = 0;
  /** Since when it is known that nothing is in flight and nothing is due. */
  let quietSince: number | undefined;

  async function sweep(): Promise<SweepReport> {
    quietSince = undefined;
    const now = ports.clock();
    // In this order: the policy knows every confirmation that is counted as carried out below.
    const confirmedAt = await ports.restoredAt();
    const policy = await ports.policy();
    const resent = await resendInFlight(ports, policy, { previous, now, wasPutBack: now < latest });
    const released = (await resume(policy, confirmedAt)) + (await releaseDue(ports, policy));
    previous = now;
    latest = now;
    ports.telemetry.swept({ resent, released });
    return { resent, released };
  }

  /** Members that waited for an operator to confirm a restore. */
  async function resume(policy: Policy, confirmedAt: number): Promise<number> {
    if (confirmedAt === resumedAt) return 0;
    const planned = await planRestored(ports, policy);
    resumedAt = confirmedAt;
    return planned;
  }

  async function routineSweep(): Promise<SweepReport> {
    const now = ports.clock();
    if (!isKnownQuiet(now)) {
      if ((await ports.restoredAt()) !== resumedAt || (await isAnythingLeft(ports.hubs))) return sweep();
      quietSince = now;
    }
    latest = now;
    return NOTHING;
  }

  function isKnownQuiet(now: number): boolean {
    return quietSince !== undefined && ports.lastActivity() < quietSince && now >= latest && now - quietSince < LOOK_AGAIN_MS;
  }

  return { sweep, routineSweep };
}

/** Whatever its age. In this order: what a release puts in flight in between is not overlooked. */
async function isAnythingLeft(hubs: HubStore): Promise<boolean> {
  const due = await hubs.due(null, 1);
  if (due.length > 0) return true;
  const inFlight = await hubs.inFlightSince(Number.MAX_SAFE_INTEGER, null, 1);
  return inFlight.items.length > 0;
}

interface Asked {
  readonly previous: number;
  readonly now: number;
  readonly wasPutBack: boolean;
}

/**
 * A clock that was put back since the last sweep has stamps ahead of it, which would wait until their time came again:
 * then all that is in flight goes once more, known by its write ids.
 */
async function resendInFlight(ports: SweepPorts, policy: Policy, { previous, now, wasPutBack }: Asked): Promise<number> {
  const before = wasPutBack ? Number.MAX_SAFE_INTEGER : now - RESEND_AFTER_MS + 1;
  const isDue = (emittedAt: number) => wasPutBack || isResendDue(emittedAt, previous, now);
  let resent = 0;
  let cursor: string | null = null;
  do {
    const page: Page<string> = await ports.hubs.inFlightSince(before, cursor, PAGE);
    const stored = await ports.hubs.load(page.items);
    const commands = [...stored.values()].flatMap(({ hub }) => overdue(hub, policy, isDue));
    await publishCommands(ports.publisher, commands);
    resent += commands.length;
    cursor = page.next;
  } while (cursor !== null);
  return resent;
}

function overdue(hub: Hub, policy: Policy, isDue: (emittedAt: number) => boolean): readonly ApplyCommand[] {
  return SIDES.flatMap((side) => {
    const inFlight = hub.out[side];
    if (inFlight === undefined || isSuspended(hub, side) || !isOpen(policy, side) || !isDue(inFlight.emittedAt)) return [];
    return [commandOf(hub, side, inFlight)];
  });
}

/** Emits what accepted edits call for and no command carries: a direction was closed when they were taken in. */
export async function releaseDue(ports: Omit<SweepPorts, "telemetry" | "lastActivity" | "restoredAt">, policy: Policy): Promise<number> {
  if (policy.paused || policy.direction === "none") return 0;
  let released = 0;
  let after: string | null = null;
  for (;;) {
    const refs: readonly string[] = await ports.hubs.due(after, PAGE);
    const last = refs.at(-1);
    if (last === undefined) return released;
    after = last;
    const outcomes = await commitPlans(ports.hubs, refs, (_, hub) => plan(hub, [], policy, ports.clock()));
    const plans = [...outcomes.values()].flatMap((outcome) => (outcome.kind === "stored" ? [outcome.plan] : []));
    await publishEffects(ports.publisher, plans);
    released += plans.length;
  }
}
