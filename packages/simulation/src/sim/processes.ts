import { createApplyHandler } from "@member-sync/django-adapter/app/apply.ts";
import { createApplyQueue } from "@member-sync/django-adapter/app/apply-queue.ts";
import { drainOutbox, type DrainReport } from "@member-sync/django-adapter/app/capture.ts";
import { oneAtATime } from "@member-sync/django-adapter/app/one-at-a-time.ts";
import type { DjangoMembers } from "@member-sync/django-adapter/app/ports.ts";
import { createPolicySource } from "@member-sync/reconciler/app/control.ts";
import { createFieldMaps, withKnownMaps } from "@member-sync/reconciler/app/field-maps.ts";
import { createChangesIntake } from "@member-sync/reconciler/app/handle-changes.ts";
import { createDeadLetterHandler } from "@member-sync/reconciler/app/handle-dead-letters.ts";
import { noticedCommits } from "@member-sync/reconciler/app/noticed-commits.ts";
import type { Mode } from "@member-sync/reconciler/app/plan-for.ts";
import type { DjangoDrain, Stores } from "@member-sync/reconciler/app/ports.ts";
import { noteSuspected } from "@member-sync/reconciler/app/suspicions.ts";
import { createSweeps } from "@member-sync/reconciler/app/sweep.ts";
import { createUseCases } from "@member-sync/reconciler/app/use-cases.ts";
import type { Policy } from "@member-sync/reconciler/core/policy.ts";
import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import type { Clock } from "@member-sync/shared/clock.ts";
import { sameValue, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { MessageHandler } from "@member-sync/shared/messages/message.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Timer } from "@member-sync/shared/timer.ts";
import { createApply } from "@member-sync/tracker/app/apply.ts";
import { createBackfill } from "@member-sync/tracker/app/backfill.ts";
import { createCapture } from "@member-sync/tracker/app/capture.ts";
import { createOutlet } from "@member-sync/tracker/app/outlet.ts";
import { markKeyOf } from "@member-sync/tracker/app/own-mark.ts";
import type { DocumentChange, MemberDocuments } from "@member-sync/tracker/app/ports.ts";
import { NOT_STEERABLE, placeOf, REF_KEY, REFS } from "./rules.ts";

/** What every service's application code is given here, however many lives the service has. */
export interface Surroundings {
  readonly publisher: MessagePublisher;
  readonly clock: Clock;
  readonly timer: Timer;
}

/** A telemetry that tells nobody anything, whatever it is asked to tell. */
function silent() {
  return new Proxy(Object.create(null), { get: () => () => undefined });
}

/** One life of the tracker. */
export interface TrackerProcess {
  readonly capture: (change: DocumentChange) => Promise<unknown>;
  readonly backfill: () => Promise<unknown>;
  readonly handlers: Readonly<Record<string, MessageHandler>>;
}

/** What the configuration of a tracker says. */
export interface TrackerSettings {
  readonly fieldMap: FieldMap;
  /** Identity of the database. */
  readonly lineage: string;
}

export function trackerProcess(
  documents: MemberDocuments,
  { fieldMap, lineage }: TrackerSettings,
  { publisher, clock, timer }: Surroundings,
): TrackerProcess {
  const telemetry = silent();
  const rules = {
    fieldMap,
    notSteerable: NOT_STEERABLE,
    memberRefKey: REF_KEY,
    markKey: markKeyOf(REF_KEY),
    ownWriters: [],
    lineage,
  };
  const outlet = createOutlet(publisher, telemetry, fieldMap, timer);
  const { capture } = createCapture({ documents, rules, outlet, clock, telemetry });
  const apply = createApply({ documents, rules, outlet, clock, telemetry });
  return { capture, backfill: createBackfill({ documents, rules, outlet, telemetry }), handlers: { "tracker-apply": apply.handle } };
}

/** One life of the django-adapter. */
export interface AdapterProcess {
  readonly drain: () => Promise<DrainReport>;
  readonly handlers: Readonly<Record<string, MessageHandler>>;
}

export function adapterProcess(django: DjangoMembers, fieldMap: FieldMap, { publisher, clock, timer }: Surroundings): AdapterProcess {
  const telemetry = silent();
  const common = { django, publisher, fieldMap, memberRefKey: REF_KEY, clock, telemetry };
  const queue = createApplyQueue({ django, concurrency: 2, telemetry, timer });
  return {
    drain: oneAtATime(() => drainOutbox({ ...common, pageSize: 4 })),
    handlers: { "django-adapter-apply": createApplyHandler({ ...common, queue }) },
  };
}

export type ReconcilerProcess = ReturnType<typeof reconcilerProcess>;

export interface ReconcilerSurroundings extends Surroundings {
  readonly stores: Stores;
  readonly drain: DjangoDrain;
  readonly mode: Mode;
  readonly policy: Omit<Policy, "paused" | "direction" | "same" | "fieldMap" | "restores">;
  readonly fieldMap: FieldMap;
  readonly newId: () => string;
}

/** One life of the reconciler: intake, sweep and all that people can ask of it. */
export function reconcilerProcess({ stores, drain, mode, policy, fieldMap, ...around }: ReconcilerSurroundings) {
  const telemetry = silent();
  const same = (group: string, ...values: Parameters<typeof sameValue> extends [unknown, unknown, ...infer Rest] ? Rest : never) =>
    sameValue(fieldMap, group, ...values);
  const maps = createFieldMaps(fieldMap, stores.fieldMaps);
  const policySource = createPolicySource({ ...policy, same }, stores.control, around.clock, maps);
  const { hubs, lastCommit } = noticedCommits(withKnownMaps(stores.hubs, maps), around.clock);
  const common = { ...stores, hubs, ...around, drain, mode, telemetry, policy: policySource.current };
  const intake = createChangesIntake({
    ...common,
    ownMap: maps.own,
    noteSuspected: (shown) => noteSuspected({ ...common, policySource }, shown),
    checkIdentity: misfit,
  });
  const sweeps = createSweeps({
    ...common,
    restoredAt: policySource.restoredAt,
    lastActivity: () => Math.max(intake.lastActivity(), lastCommit()),
  });
  const handlers: Readonly<Record<string, MessageHandler>> = {
    "reconciler-changes-firestore": intake.handle,
    "reconciler-changes-django": intake.handle,
    "reconciler-dead-letters": createDeadLetterHandler(common),
  };
  const useCases = createUseCases({
    ...common,
    ...sweeps,
    policySource,
    fieldMap,
    memberRefKey: REF_KEY,
    answerTimeoutMs: 3_000,
    lastActivity: intake.lastActivity,
  });
  return { handlers, useCases };
}

/** As the composition does it, by a table instead of a hash. */
function misfit({ kennitala, memberRef }: Observation): "wrong-member" | undefined {
  return REFS[placeOf(kennitala)] === memberRef ? undefined : "wrong-member";
}
