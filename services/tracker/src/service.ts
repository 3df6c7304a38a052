import type { MessagePublisher, MessageSource } from "@member-sync/shared/bus/message-bus.ts";
import { countedPublisher } from "@member-sync/shared/bus/counted-publisher.ts";
import { openPubSub } from "@member-sync/shared/bus/pubsub/open-pubsub.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { verifierOf, type PushVerifier } from "@member-sync/shared/http/push-auth.ts";
import { registerPush } from "@member-sync/shared/http/push.ts";
import { createHttpServer, listen, type Readiness } from "@member-sync/shared/http/server.ts";
import type { RunningService } from "@member-sync/shared/runtime/lifecycle.ts";
import { createLogger, type Logger } from "@member-sync/shared/runtime/logging.ts";
import { loadMemberSync } from "@member-sync/shared/sync-config.ts";
import { firestoreCounters } from "@member-sync/shared/telemetry/firestore-counters.ts";
import { createMetrics, type Metrics } from "@member-sync/shared/telemetry/metrics.ts";
import { FirestoreMemberDocuments } from "./adapters/firestore/firestore-member-documents.ts";
import { registerBackfill } from "./adapters/http/backfill-route.ts";
import { registerEvents } from "./adapters/eventarc/events-route.ts";
import { onlyFrom } from "./adapters/http/only-from.ts";
import { steeringProblems } from "./app/member-document.ts";
import type { MemberDocuments } from "./app/ports.ts";
import type { TrackerConfig } from "./config.ts";
import { createTracker } from "./tracker.ts";

const SERVICE = "tracker";
const SUBSCRIPTION = "tracker-apply";
/** An id that no member has; reading it tells whether Firestore answers. */
const NOBODY = "0000000000";

/** What a host may bring instead of the real thing. */
export interface TrackerDeps {
  readonly log?: Logger;
  readonly documents?: MemberDocuments;
  readonly bus?: { readonly publisher: MessagePublisher; readonly source: MessageSource };
  readonly verify?: PushVerifier;
}

export type RunningTracker = RunningService & { readonly url: string };

/** Starts the Firestore side. Refuses with `config_invalid` what cannot work; a Firestore that is down is waited for. */
export async function startTracker(config: TrackerConfig, deps: TrackerDeps = {}): Promise<RunningTracker> {
  const log = deps.log ?? createLogger({ service: SERVICE, level: config.logLevel });
  const metrics = createMetrics(SERVICE);
  const memberSync = await loadMemberSync(config.memberSyncPath);
  const problems = steeringProblems(memberSync);
  if (problems.length > 0) throw new SyncError("config_invalid", { problems });

  await using cleanup = new AsyncDisposableStack();
  const documents = deps.documents ?? openFirestore(config.firestore, metrics, cleanup);
  await checkFirestore(documents, log);
  const bus = deps.bus ?? cleanup.use(openPubSub(config.pubsub, log));
  const tracker = createTracker({
    documents,
    publisher: countedPublisher(bus.publisher, metrics),
    memberSync,
    memberRefKey: config.memberRefKey.reveal(),
    lineage: config.lineage,
    ownWriters: config.ownWriters,
    log,
    metrics,
  });
  cleanup.defer(() => tracker.idle());
  const app = createHttpServer({ service: SERVICE, log, metrics, ready: () => readinessOf(documents) });
  cleanup.defer(() => app.close());
  const verify = deps.verify ?? verifierOf(config.pushAuth);
  registerPush(app, { path: "/pubsub/apply", handler: tracker.apply, verify, log });
  const guard = onlyFrom(verify, log);
  await registerEvents(app, { capture: tracker, guard });
  registerBackfill(app, { backfill: () => tracker.backfill(), guard });
  if (config.delivery === "pull") cleanup.use(bus.source.consume(SUBSCRIPTION, tracker.apply));
  const url = await listen(app, config.http);
  log.info({ url, delivery: config.delivery }, "tracker is ready");
  const owned = cleanup.move();
  return { log, url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function openFirestore(options: TrackerConfig["firestore"], metrics: Metrics, cleanup: AsyncDisposableStack): MemberDocuments {
  const firestore = createFirestore({ ...options, counters: firestoreCounters(metrics) });
  cleanup.defer(() => firestore.terminate());
  return new FirestoreMemberDocuments(firestore);
}

/** Says at start-up when Firestore does not let us in: waiting would not help. */
async function checkFirestore(documents: MemberDocuments, log: Logger): Promise<void> {
  try {
    await documents.read([NOBODY]);
  } catch (error) {
    if (error instanceof SyncError && error.code === "store_refused") {
      throw new SyncError("config_invalid", { problems: ["PROJECT_ID names a project whose Firestore refuses us"] }, { cause: error });
    }
    log.warn({ err: error }, "Firestore does not answer yet");
  }
}

async function readinessOf(documents: MemberDocuments): Promise<Readiness> {
  const isUp = await documents.read([NOBODY]).then(
    () => true,
    () => false,
  );
  return { ok: isUp, checks: { firestore: isUp } };
}
