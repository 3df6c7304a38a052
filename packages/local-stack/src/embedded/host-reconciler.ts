import type { MemoryBus } from "@member-sync/shared/bus/memory/memory-bus.ts";
import { createHttpServer, listen } from "@member-sync/shared/http/server.ts";
import type { Logger } from "@member-sync/shared/runtime/logging.ts";
import type { MemberSync } from "@member-sync/shared/sync-config.ts";
import { createMetrics } from "@member-sync/shared/telemetry/metrics.ts";
import { createHttpDjangoDrain } from "@member-sync/reconciler/adapters/django-adapter/http-django-drain.ts";
import { registerApi } from "@member-sync/reconciler/adapters/http/register-api.ts";
import { MemoryConflictStore } from "@member-sync/reconciler/adapters/memory/memory-conflict-store.ts";
import { MemoryControlStore } from "@member-sync/reconciler/adapters/memory/memory-control-store.ts";
import { MemoryDeadLetterStore } from "@member-sync/reconciler/adapters/memory/memory-dead-letter-store.ts";
import { MemoryHistoryStore } from "@member-sync/reconciler/adapters/memory/memory-history-store.ts";
import { MemoryHubStore } from "@member-sync/reconciler/adapters/memory/memory-hub-store.ts";
import { MemoryRunLog } from "@member-sync/reconciler/adapters/memory/memory-run-log.ts";
import { createMemoryState } from "@member-sync/reconciler/adapters/memory/memory-state.ts";
import { startSweeping } from "@member-sync/reconciler/app/sweep-loop.ts";
import type { ReconcilerConfig } from "@member-sync/reconciler/config.ts";
import { createReconciler } from "@member-sync/reconciler/reconciler.ts";
import { createTelemetry } from "@member-sync/reconciler/telemetry.ts";

/** The reconciler on memory, in this process, with its API at its address. */
export async function hostReconciler(
  config: ReconcilerConfig,
  { bus, memberSync, log }: { readonly bus: MemoryBus; readonly memberSync: MemberSync; readonly log: Logger },
  cleanup: AsyncDisposableStack,
): Promise<void> {
  const state = createMemoryState();
  const metrics = createMetrics("reconciler");
  const telemetry = createTelemetry(log, metrics);
  const reconciler = createReconciler({
    hubs: new MemoryHubStore(state),
    conflicts: new MemoryConflictStore(state),
    history: new MemoryHistoryStore(state),
    deadLetters: new MemoryDeadLetterStore(state),
    runs: new MemoryRunLog(state),
    control: new MemoryControlStore(state),
    publisher: bus,
    drain: createHttpDjangoDrain(config.djangoAdapter),
    memberSync,
    memberRefKey: config.memberRefKey.reveal(),
    mode: config.mode,
    telemetry,
    answerTimeoutMs: config.answerTimeoutMs,
  });
  cleanup.defer(() => reconciler.idle());
  const app = createHttpServer({ service: "reconciler", log, metrics, ready: async () => ({ ok: true, checks: { memory: true } }) });
  cleanup.defer(() => app.close());
  await registerApi(app, { useCases: reconciler.useCases, tokens: config.apiTokens });
  for (const name of ["reconciler-changes-firestore", "reconciler-changes-django"] as const)
    cleanup.use(bus.consume(name, reconciler.changes));
  cleanup.use(bus.consume("reconciler-dead-letters", reconciler.deadLetters));
  if (config.sweepIntervalMs !== undefined) cleanup.use(startSweeping(reconciler.useCases.sweep, config.sweepIntervalMs, telemetry));
  await listen(app, config.http);
}
