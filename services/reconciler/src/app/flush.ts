import { chunksOf } from "@member-sync/shared/chunks.ts";
import type { Clock } from "@member-sync/shared/clock.ts";
import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { Timer } from "@member-sync/shared/timer.ts";
import type { Plan } from "../core/plan.ts";
import type { Policy } from "../core/policy.ts";
import type { Telemetry } from "../telemetry.ts";
import { commitPlans, publishEffects } from "./commit-plans.ts";
import { createRunTally, type RunTally } from "./run-tally.ts";
import { planWaiting } from "./plan-for.ts";
import { runErrorOf } from "./run-error.ts";
import type { DjangoDrain, DrainReport, HubStore, Run, RunLog } from "./ports.ts";
import { until } from "./until.ts";

const PAGE = 200;
const LEASE_MS = 10 * 60_000;
const QUIET_MS = 300;

export interface FlushPorts {
  readonly hubs: HubStore;
  readonly publisher: MessagePublisher;
  readonly runs: RunLog;
  readonly drain: DjangoDrain;
  readonly policy: () => Promise<Policy>;
  readonly sweep: () => Promise<unknown>;
  /** When the intake last took something in, epoch milliseconds. */
  readonly lastActivity: () => number;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly telemetry: Telemetry;
  /** How long answers may take before the run counts them as failed. */
  readonly answerTimeoutMs: number;
}

export type FlushOutcome =
  | { readonly kind: "done"; readonly run: Run }
  | { readonly kind: "busy" }
  | { readonly kind: "failed"; readonly run: Run };

/**
 * One flush: drain the Django outbox, plan everything that waits, send again what is in flight too long, wait for the
 * answers, and write one run that says what happened. A step that fails fails the run: nothing is called done that
 * was not done (P7).
 */
export async function flush(ports: FlushPorts): Promise<FlushOutcome> {
  const begun = await ports.runs.begin(newRun(ports), LEASE_MS);
  if (begun === null) return { kind: "busy" };
  const tally = createRunTally(ports.hubs, begun.started_at);
  let error: string | null = null;
  try {
    const report = await ports.drain.drain(AbortSignal.timeout(120_000));
    await waitForIntake(ports, report);
    await tally.expectDrained(report);
    const unplanned = await planEverything(ports, tally);
    await ports.sweep();
    const isAnswered = await until(ports.timer, () => tally.isAnswered(), { timeoutMs: ports.answerTimeoutMs });
    if (!isAnswered) error = `${tally.unanswered()} commands were not answered in time; they stay in flight and are sent again`;
    else if (unplanned > 0) error = `${unplanned} members could not be planned; they wait for the next flush`;
  } catch (cause) {
    error = runErrorOf(cause);
    ports.telemetry.runFailed("flush", cause);
  }
  const status = error === null ? "success" : "failed";
  const run: Run = { ...begun, status, stats: tally.stats(), completed_at: ports.clock(), error };
  await ports.runs.finish(run);
  ports.telemetry.runFinished(run);
  return { kind: status === "success" ? "done" : "failed", run };
}

function newRun(ports: FlushPorts): Run {
  const none = { success: 0, failed: 0 };
  return {
    id: ports.newId(),
    type: "flush",
    status: "running",
    stats: { firestore_to_django: none, django_to_firestore: none, conflicts: 0 },
    started_at: ports.clock(),
    completed_at: null,
    error: null,
  };
}

/** What was drained travels by Pub/Sub: wait until each of it stands in its hub, and until the intake has gone quiet. */
async function waitForIntake(ports: FlushPorts, report: DrainReport): Promise<void> {
  const began = ports.clock();
  let missing = report.published;
  const isThere = await until(
    ports.timer,
    async () => {
      missing = await notYetTakenIn(ports.hubs, missing);
      return missing.length === 0;
    },
    { timeoutMs: 120_000 },
  );
  if (!isThere) throw new SyncError("peer_unavailable", { awaited: missing.length, peer: "intake" });
  await until(ports.timer, () => ports.clock() - Math.max(ports.lastActivity(), began) >= QUIET_MS, { timeoutMs: 10_000 });
}

async function notYetTakenIn(hubs: HubStore, published: DrainReport["published"]): Promise<DrainReport["published"]> {
  const missing: DrainReport["published"][number][] = [];
  for (const page of chunksOf(published, PAGE)) {
    const stored = await hubs.load(page.map(({ memberRef }) => memberRef));
    for (const item of page) {
      const hub = stored.get(item.memberRef)?.hub;
      const held = hub?.waiting.django?.observation.revision ?? hub?.sides.django?.revision;
      if (held === undefined || compareRevisions(held, item.revision) < 0) missing.push(item);
    }
  }
  return missing;
}

/** @returns how many members could not be planned or stored */
async function planEverything(ports: FlushPorts, tally: RunTally): Promise<number> {
  let unplanned = 0;
  let after: string | null = null;
  for (;;) {
    const refs: readonly string[] = await ports.hubs.waiting(after, PAGE);
    const last = refs.at(-1);
    if (last === undefined) return unplanned;
    after = last;
    const policy = await ports.policy();
    const outcomes = await commitPlans(ports.hubs, refs, (_, hub) => planOne(hub, policy, ports.clock()));
    const plans = [...outcomes.values()].flatMap((outcome) => (outcome.kind === "stored" ? [outcome.plan] : []));
    for (const outcome of outcomes.values()) {
      if (outcome.kind === "failed" || outcome.kind === "unstored") ports.telemetry.runFailed("flush", outcome.error);
      if (outcome.kind !== "stored" && outcome.kind !== "unchanged") unplanned += 1;
    }
    await publishEffects(ports.publisher, plans);
    tally.expect(plans);
  }
}

function planOne(hub: Plan["hub"] | undefined, policy: Policy, now: number): Plan {
  if (hub === undefined) throw new SyncError("invariant_broken", { message: "a waiting member has a hub" });
  return planWaiting(hub, policy, now);
}
