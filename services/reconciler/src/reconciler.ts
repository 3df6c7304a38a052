import { randomUUID } from "node:crypto";
import { systemClock, type Clock } from "@member-sync/shared/clock.ts";
import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import { sameValue } from "@member-sync/shared/member/field-map.ts";
import { parseKennitala } from "@member-sync/shared/member/kennitala.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { DeadLetterCause } from "@member-sync/shared/messages/dead-letter.ts";
import type { MessageHandler } from "@member-sync/shared/messages/message.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { systemTimer } from "@member-sync/shared/timer.ts";
import type { MemberSync } from "@member-sync/shared/sync-config.ts";
import { createPolicySource } from "./app/control.ts";
import { createFieldMaps, withKnownMaps } from "./app/field-maps.ts";
import { createChangesIntake } from "./app/handle-changes.ts";
import { createDeadLetterHandler } from "./app/handle-dead-letters.ts";
import type { Mode } from "./app/plan-for.ts";
import type { DjangoDrain, Stores } from "./app/ports.ts";
import { noticedCommits } from "./app/noticed-commits.ts";
import { noteSuspected } from "./app/suspicions.ts";
import { createSweeps } from "./app/sweep.ts";
import { createUseCases, type UseCases } from "./app/use-cases.ts";
import type { Telemetry } from "./telemetry.ts";

export interface ReconcilerParts extends Stores {
  readonly publisher: MessagePublisher;
  readonly drain: DjangoDrain;
  readonly memberSync: MemberSync;
  readonly memberRefKey: string;
  readonly mode: Mode;
  readonly telemetry: Telemetry;
  readonly clock?: Clock;
  readonly newId?: () => string;
  readonly answerTimeoutMs?: number;
}

/** The reconciler without its outside: handlers and use cases on whatever ports it is given. */
export interface Reconciler {
  /** Handles the messages of both change topics. */
  readonly changes: MessageHandler;
  /** Handles the messages of `member-dead-letters`. */
  readonly deadLetters: MessageHandler;
  readonly useCases: UseCases;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** Wires the reconciler from its ports. */
export function createReconciler(parts: ReconcilerParts): Reconciler {
  const { memberSync, memberRefKey, clock = systemClock, newId = randomUUID, answerTimeoutMs = 120_000 } = parts;
  const { fieldMap, policies, firestoreDelete, maxBounces, clockUncertaintyMs } = memberSync;
  const maps = createFieldMaps(fieldMap, parts.fieldMaps);
  const policySource = createPolicySource(
    {
      groups: policies,
      firestoreDelete,
      maxBounces,
      clockUncertaintyMs,
      same: (group, a, b) => sameValue(fieldMap, group, a, b),
    },
    parts.control,
    clock,
    maps,
  );
  const { hubs, lastCommit } = noticedCommits(withKnownMaps(parts.hubs, maps), clock);
  const common = { ...parts, hubs, policy: policySource.current, clock, timer: systemTimer, newId };
  const restorePorts = { ...common, policySource };
  const intake = createChangesIntake({
    ...common,
    ownMap: maps.own,
    noteSuspected: (found) => noteSuspected(restorePorts, found),
    checkIdentity: (observation) => misfit(memberRefKey, observation),
  });
  const sweeps = createSweeps({
    ...common,
    restoredAt: policySource.restoredAt,
    lastActivity: () => Math.max(intake.lastActivity(), lastCommit()),
  });
  const useCases = createUseCases({ ...common, ...sweeps, policySource, fieldMap, answerTimeoutMs, lastActivity: intake.lastActivity });
  return {
    changes: intake.handle,
    deadLetters: createDeadLetterHandler({ ...common, deadLetters: parts.deadLetters }),
    useCases,
    idle: intake.idle,
  };
}

/** Whether reference and kennitala belong together, and are a person's. */
function misfit(memberRefKey: string, { kennitala, memberRef }: Observation): DeadLetterCause | undefined {
  if (!parseKennitala(kennitala).ok) return "refused";
  return memberRefOf(memberRefKey, kennitala) === memberRef ? undefined : "wrong-member";
}
