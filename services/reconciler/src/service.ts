import type { MessagePublisher, MessageSource } from "@member-sync/shared/bus/message-bus.ts";
import { countedPublisher } from "@member-sync/shared/bus/counted-publisher.ts";
import { openPubSub } from "@member-sync/shared/bus/pubsub/open-pubsub.ts";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { verifierOf } from "@member-sync/shared/http/push-auth.ts";
import { registerPush } from "@member-sync/shared/http/push.ts";
import { createHttpServer, listen } from "@member-sync/shared/http/server.ts";
import type { MessageHandler } from "@member-sync/shared/messages/message.ts";
import type { RunningService } from "@member-sync/shared/runtime/lifecycle.ts";
import { createLogger, type Logger } from "@member-sync/shared/runtime/logging.ts";
import { loadMemberSync } from "@member-sync/shared/sync-config.ts";
import { firestoreCounters } from "@member-sync/shared/telemetry/firestore-counters.ts";
import { createMetrics, type Metrics } from "@member-sync/shared/telemetry/metrics.ts";
import { SUBSCRIPTIONS } from "@member-sync/shared/topology.ts";
import { createHttpDjangoDrain } from "./adapters/django-adapter/http-django-drain.ts";
import { HeardControlStore } from "./adapters/firestore/heard-control-store.ts";
import { firestoreStores } from "./adapters/firestore/firestore-stores.ts";
import { registerApi } from "./adapters/http/register-api.ts";
import type { Stores } from "./app/ports.ts";
import { startSweeping } from "./app/sweep-loop.ts";
import type { ReconcilerConfig } from "./config.ts";
import { createReconciler, type Reconciler } from "./reconciler.ts";
import { createTelemetry } from "./telemetry.ts";

const SERVICE = "reconciler";
/** A reference that no member has; loading it tells whether the store answers. */
const NOBODY = "nobody";

/** What a host may bring instead of the real thing; it closes what it brought. */
export interface ReconcilerDeps {
  readonly log?: Logger;
  readonly stores?: Stores;
  readonly bus?: { readonly publisher: MessagePublisher; readonly source: MessageSource };
}

export type RunningReconciler = RunningService & { readonly url: string };

/** Starts the reconciler on Firestore and Pub/Sub. */
export async function startReconciler(config: ReconcilerConfig, deps: ReconcilerDeps = {}): Promise<RunningReconciler> {
  const log = deps.log ?? createLogger({ service: SERVICE, level: config.logLevel });
  const metrics = createMetrics(SERVICE);
  const telemetry = createTelemetry(log, metrics);
  const memberSync = await loadMemberSync(config.memberSyncPath);

  await using cleanup = new AsyncDisposableStack();
  const bus = deps.bus ?? cleanup.use(openPubSub(config.pubsub, log));
  const stores = deps.stores ?? openStores(config.firestore, metrics, cleanup);

  const reconciler = createReconciler({
    ...stores,
    publisher: countedPublisher(bus.publisher, metrics),
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

function openStores(options: ReconcilerConfig["firestore"], metrics: Metrics, cleanup: AsyncDisposableStack): Stores {
  const firestore = createFirestore({ ...options, counters: firestoreCounters(metrics) });
  cleanup.defer(() => firestore.terminate());
  return { ...firestoreStores(firestore), control: cleanup.use(new HeardControlStore(firestore)) };
}

function handlerOf(reconciler: Reconciler, path: string): MessageHandler {
  return path === "/pubsub/dead-letters" ? reconciler.deadLetters : reconciler.changes;
}

async function readinessOf({ hubs }: Stores) {
  const isUp = await hubs.load([NOBODY]).then(
    () => true,
    () => false,
  );
  return { ok: isUp, checks: { firestore: isUp } };
}
