import { openPubSub } from "@member-sync/shared/bus/pubsub/open-pubsub.ts";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { verifierOf } from "@member-sync/shared/http/push-auth.ts";
import { registerPush } from "@member-sync/shared/http/push.ts";
import { createHttpServer, listen } from "@member-sync/shared/http/server.ts";
import type { MessageHandler } from "@member-sync/shared/messages/message.ts";
import type { RunningService } from "@member-sync/shared/runtime/lifecycle.ts";
import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { loadMemberSync } from "@member-sync/shared/sync-config.ts";
import { createMetrics } from "@member-sync/shared/telemetry/metrics.ts";
import { SUBSCRIPTIONS } from "@member-sync/shared/topology.ts";
import { createHttpDjangoDrain } from "./adapters/django-adapter/http-django-drain.ts";
import { FirestoreConflictStore } from "./adapters/firestore/firestore-conflict-store.ts";
import { FirestoreControlStore } from "./adapters/firestore/firestore-control-store.ts";
import { FirestoreDeadLetterStore } from "./adapters/firestore/firestore-dead-letter-store.ts";
import { FirestoreHistoryStore } from "./adapters/firestore/firestore-history-store.ts";
import { FirestoreHubStore } from "./adapters/firestore/firestore-hub-store.ts";
import { FirestoreRunLog } from "./adapters/firestore/firestore-run-log.ts";
import { registerApi } from "./adapters/http/register-api.ts";
import { startSweeping } from "./app/sweep-loop.ts";
import type { ReconcilerConfig } from "./config.ts";
import { createReconciler, type Reconciler, type Stores } from "./reconciler.ts";
import { createTelemetry } from "./telemetry.ts";

const SERVICE = "reconciler";

export type RunningReconciler = RunningService & { readonly url: string };

/** Starts the reconciler on Firestore and Pub/Sub. */
export async function startReconciler(config: ReconcilerConfig): Promise<RunningReconciler> {
  const log = createLogger({ service: SERVICE, level: config.logLevel });
  const metrics = createMetrics(SERVICE);
  const telemetry = createTelemetry(log, metrics);
  const memberSync = await loadMemberSync(config.memberSyncPath);

  await using cleanup = new AsyncDisposableStack();
  const firestore = createFirestore(config.firestore);
  cleanup.defer(() => firestore.terminate());
  const bus = cleanup.use(openPubSub(config.pubsub, log));
  const stores = openStores(firestore);

  const reconciler = createReconciler({
    ...stores,
    publisher: bus.publisher,
    drain: createHttpDjangoDrain(config.djangoAdapter),
    memberSync,
    memberRefKey: config.memberRefKey.reveal(),
    mode: config.mode,
    telemetry,
    answerTimeoutMs: config.answerTimeoutMs,
  });
  cleanup.defer(() => reconciler.idle());

  const app = createHttpServer({ service: SERVICE, log, metrics, ready: () => readinessOf(stores) });
  cleanup.defer(() => app.close());
  const verify = verifierOf(config.pushAuth);
  for (const path of ["/pubsub/changes", "/pubsub/dead-letters"] as const) {
    registerPush(app, { path, handler: handlerOf(reconciler, path), verify, log });
  }
  await registerApi(app, {
    useCases: reconciler.useCases,
    tokens: config.apiTokens,
    ...(config.pushAuth.kind === "oidc" && { scheduler: verify }),
  });

  if (config.delivery === "pull") {
    for (const { name, path } of SUBSCRIPTIONS.filter(({ service }) => service === SERVICE)) {
      cleanup.use(bus.source.consume(name, handlerOf(reconciler, path)));
    }
  }
  if (config.sweepIntervalMs !== undefined) cleanup.use(startSweeping(reconciler.useCases.sweep, config.sweepIntervalMs, telemetry));
  const url = await listen(app, config.http);
  log.info({ url, mode: config.mode, delivery: config.delivery }, "reconciler is ready");
  const owned = cleanup.move();
  return { log, url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function openStores(firestore: ReturnType<typeof createFirestore>): Stores {
  return {
    hubs: new FirestoreHubStore(firestore),
    conflicts: new FirestoreConflictStore(firestore),
    history: new FirestoreHistoryStore(firestore),
    deadLetters: new FirestoreDeadLetterStore(firestore),
    runs: new FirestoreRunLog(firestore),
    control: new FirestoreControlStore(firestore),
  };
}

function handlerOf(reconciler: Reconciler, path: string): MessageHandler {
  return path === "/pubsub/dead-letters" ? reconciler.deadLetters : reconciler.changes;
}

async function readinessOf({ control }: Stores) {
  const isUp = await control.read().then(
    () => true,
    () => false,
  );
  return { ok: isUp, checks: { firestore: isUp } };
}
