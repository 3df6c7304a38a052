import { checkValue, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import { parseKennitala } from "@member-sync/shared/member/kennitala.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import { isInSync } from "../core/in-sync.ts";
import { underMapInForce } from "../core/map-in-force.ts";
import type { Mode } from "./plan-for.ts";
import type { PolicySource } from "./control.ts";
import { flush, type FlushPorts } from "./flush.ts";
import { lookAtAll, lookAtMember, type LookRequest } from "./look.ts";
import type { ConflictStore, HistoryStore, HubStore, RunLog, Suspicion } from "./ports.ts";
import { discardDeadLetter, replayDeadLetter, replayDeadLetters, type ReplayPorts } from "./replay-dead-letters.ts";
import { resolveConflict, type DecisionRequest, type ResolvePorts } from "./resolve-conflict.ts";
import { confirm, countSuspended } from "./suspicions.ts";
import type { RestoreRequest } from "./restores.ts";
import type { SweepReport } from "./sweep.ts";

/** The backlog is counted no further: beyond it the number no longer tells anything new. */
const BACKLOG_BOUND = 1_000;

export interface UseCasePorts extends FlushPorts, ReplayPorts, Omit<ResolvePorts, "checkValue"> {
  readonly hubs: HubStore;
  readonly conflicts: ConflictStore;
  readonly history: HistoryStore;
  readonly runs: RunLog;
  readonly policySource: PolicySource;
  readonly sweep: () => Promise<SweepReport>;
  readonly routineSweep: () => Promise<SweepReport>;
  readonly fieldMap: FieldMap;
  readonly memberRefKey: string;
  readonly mode: Mode;
}

/** All that people and schedulers can ask of the reconciler. */
export type UseCases = ReturnType<typeof createUseCases>;

export function createUseCases(ports: UseCasePorts) {
  const { hubs, conflicts, history, deadLetters, runs, policySource, fieldMap, memberRefKey, mode } = ports;
  const resolvePorts: ResolvePorts = { ...ports, checkValue: (group, raw) => checkValue(fieldMap, group, raw) };

  return {
    async status() {
      const [control, openConflicts, openDeadLetters, lastRuns, backlog] = await Promise.all([
        policySource.control(),
        conflicts.countOpen(),
        deadLetters.countOpen(),
        runs.list(null, 1),
        backlogOf(hubs),
      ]);
      const suspicions = await withMembers(hubs, control.suspicions);
      return { ...control, suspicions, mode, openConflicts, openDeadLetters, lastRun: lastRuns.items[0] ?? null, backlog };
    },

    async lookup(kennitala: string) {
      const parsed = parseKennitala(kennitala);
      if (!parsed.ok) return { kind: "invalid" as const, reason: parsed.reason };
      return { kind: "found" as const, memberRef: memberRefOf(memberRefKey, parsed.kennitala) };
    },

    async member(memberRef: string) {
      const hub = (await hubs.load([memberRef])).get(memberRef)?.hub;
      if (hub === undefined) return undefined;
      // A field map that was deployed since the hub was planned may have groups that nobody has read yet.
      const inSync = isInSync(underMapInForce(hub, await policySource.current()));
      return { hub, inSync, inSyncSince: inSync ? hub.plannedAt : null };
    },

    timeline: history.timeline.bind(history),
    conflicts: conflicts.list.bind(conflicts),
    conflict: conflicts.get.bind(conflicts),
    decide: (id: string, request: DecisionRequest, actor: string | null) => resolveConflict(resolvePorts, id, request, actor),
    deadLetters: deadLetters.list.bind(deadLetters),
    replay: (id: string, actor: string | null) => replayDeadLetter(ports, id, actor),
    discard: (id: string, reason: string, actor: string | null) => discardDeadLetter(ports, id, reason, actor),
    replayMany: (filter: { readonly cause?: string }, ratePerSecond: number, actor: string | null) =>
      replayDeadLetters(ports, filter, ratePerSecond, actor),
    runs: runs.list.bind(runs),
    flush: () => flush(ports),
    backfill: (request: LookRequest) => lookAtAll(ports, request),
    syncMember: (memberRef: string) => lookAtMember(ports, memberRef),
    sweep: ports.routineSweep,

    /** Members that waited for it are planned at once. */
    async confirmRestore(request: RestoreRequest, actor: string | null) {
      const outcome = await confirm(ports, request, actor);
      if (outcome.kind === "confirmed") void ports.sweep().catch((cause: unknown) => ports.telemetry.sweepFailed(cause));
      return outcome;
    },

    /** What was waiting for a direction goes out at once. */
    async control(change: Parameters<PolicySource["change"]>[0]) {
      const control = await policySource.change(change);
      ports.telemetry.controlChanged(control);
      if (!control.paused) void ports.sweep().catch((cause: unknown) => ports.telemetry.sweepFailed(cause));
      return control;
    },
  };
}

/** Suspicions with how many members wait for them; counted up to the bound. */
async function withMembers(hubs: HubStore, suspicions: readonly Suspicion[]) {
  if (suspicions.length === 0) return [];
  const counts = await countSuspended(hubs, await hubs.waiting(null, BACKLOG_BOUND));
  return suspicions.map((suspicion) => ({ ...suspicion, members: counts[suspicion.side] }));
}

/** How many members wait, and for what: an answer, a flush, or a direction that is closed. */
async function backlogOf(hubs: HubStore) {
  const [inFlight, waiting, due] = await Promise.all([
    // Whatever the time: a clock that was put back would hide what was sent before.
    hubs.inFlightSince(Number.MAX_SAFE_INTEGER, null, BACKLOG_BOUND),
    hubs.waiting(null, BACKLOG_BOUND),
    hubs.due(null, BACKLOG_BOUND),
  ]);
  return { inFlight: inFlight.items.length, waiting: waiting.length, due: due.length };
}
