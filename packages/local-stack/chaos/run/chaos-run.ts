import { fileURLToPath } from "node:url";
import { openWorld, type World } from "../../e2e/world/world.ts";
import { settledLedger, type Settled } from "../world/balance.ts";
import { newValues } from "../world/new-values.ts";
import { tapeOf } from "../world/tape.ts";
import { startWorkload, type Workload, type WorkloadOptions } from "../world/workload.ts";
import { DELIVERY_FAULTS } from "./delivery-faults.ts";
import { DJANGO_FAULTS } from "./django-faults.ts";
import { lasting } from "./fault.ts";
import { heal } from "./heal.ts";
import { NETWORK_FAULTS, PROXIED } from "./network-faults.ts";
import { decisions, PEOPLE_FAULTS } from "./people-faults.ts";
import { emptyPubSub, PROCESS_FAULTS } from "./process-faults.ts";
import { breakThings, type Sort, type Tally } from "./schedule.ts";
import { superviseParts } from "./supervisor.ts";
import { tapTopics } from "./tapped.ts";

export interface ChaosOptions extends WorkloadOptions {
  readonly forMs: number;
  /** How long the system may take to come to rest afterwards. */
  readonly settleMs?: number;
  readonly onProgress?: (line: string) => void;
}

export interface ChaosResult {
  readonly workload: Workload;
  readonly tally: Tally;
  /** Parts that died without being killed, each with the last line of its log. */
  readonly deaths: readonly string[];
  readonly settled: Settled;
  readonly settleSeconds: number;
  /** Decisions that were answered with 200. */
  readonly decisions: number;
  /** Of these, how many the history has never heard of. */
  readonly lostDecisions: number;
}

/** The user's configuration, with each kind of rule in it. */
export const CHAOS_CONFIG = fileURLToPath(new URL("member-sync.chaos.config.ts", import.meta.url));
const PROGRESS_MS = 10_000;
/** Decisions give values too; theirs begin where no edit's come. */
const DECIDED_VALUES_FROM = 16_000;

/** People edit on both sides while everything goes wrong at once; then all is healed, and the ledger is drawn up. */
export async function runChaos(world: World, options: ChaosOptions): Promise<ChaosResult> {
  const { seed, forMs, onProgress = () => {} } = options;
  const djangoProxy = await world.withProxy();
  const tapped = await tapTopics(world);
  await using workload = await startWorkload(world, options);
  const tally = { counts: new Map<string, number>(), failed: new Array<string>() };
  const held = new Set<string>();
  let hasLost = false;
  const supervisor = superviseParts(world, held);
  const signal = AbortSignal.timeout(forMs);
  const ticking = tellProgress(world, workload, tally, signal, onProgress);
  const lost = () => void (hasLost = true);
  try {
    await breakThings(seed, sortsOf(options), { world, djangoProxy, tapped, signal, held, lost }, tally);
    await ticking;
  } finally {
    await supervisor[Symbol.asyncDispose]();
  }
  onProgress("healing, and waiting until all is at rest");
  await workload.stop();
  await heal(world, hasLost);
  const began = performance.now();
  const settled = await settledLedger(world, workload, options.settleMs ?? 240_000);
  const settleSeconds = (performance.now() - began) / 1000;
  const decisions = world.api.decisions();
  const told = settled.evidence.history.flatMap(({ entries }) => entries).filter(({ outcome }) => outcome === "decided").length;
  return { workload, tally, deaths: supervisor.deaths, settled, settleSeconds, decisions, lostDecisions: Math.max(0, decisions - told) };
}

/** A world that all these faults can befall. */
export function openBreakableWorld(): Promise<World> {
  return openWorld({ proxied: PROXIED, config: CHAOS_CONFIG });
}

function sortsOf({ seed, kinds }: ChaosOptions): readonly Sort[] {
  const values = newValues(tapeOf(seed, "decided values"), DECIDED_VALUES_FROM);
  // A document that was removed leaves nothing that a backfill could find: where messages are lost for good, so is that.
  const losses: readonly Sort[] = kinds === "edits-and-lives" ? [] : [{ name: "losses", faults: [emptyPubSub], everyMs: 90_000 }];
  return [
    { name: "processes", faults: PROCESS_FAULTS, everyMs: 3_000 },
    ...losses,
    { name: "network", faults: NETWORK_FAULTS, everyMs: 2_500 },
    { name: "Django", faults: DJANGO_FAULTS, everyMs: 2_000 },
    { name: "delivery", faults: DELIVERY_FAULTS, everyMs: 2_000 },
    { name: "people", faults: PEOPLE_FAULTS, everyMs: 4_000 },
    { name: "decisions", faults: decisions(values), everyMs: 600 },
  ];
}

async function tellProgress(
  world: World,
  workload: Workload,
  tally: Tally,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<void> {
  const began = performance.now();
  while (!signal.aborted) {
    await lasting({ signal }, PROGRESS_MS);
    const unsure = workload.edits.filter((edit) => edit.unsure === true).length;
    const faults = [...tally.counts.values()].reduce((sum, count) => sum + count, 0);
    const status = await world.api.status().catch(() => undefined);
    const state =
      status === undefined
        ? "the reconciler does not answer"
        : `${status.backlog?.inFlight ?? "?"} commands in flight, ${status.openConflicts} conflicts, ${status.openDeadLetters} dead letters`;
    tell(`${clock(performance.now() - began)}  ${workload.edits.length} edits (${unsure} without an answer), ${faults} faults; ${state}`);
  }
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
