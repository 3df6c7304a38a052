import type { MemoryBus } from "@member-sync/shared/bus/memory/memory-bus.ts";
import { createHttpServer, listen } from "@member-sync/shared/http/server.ts";
import type { Logger } from "@member-sync/shared/runtime/logging.ts";
import type { MemberSync } from "@member-sync/shared/sync-config.ts";
import { createMetrics } from "@member-sync/shared/telemetry/metrics.ts";
import type { MemoryMemberDocuments } from "@member-sync/fakes/firestore/memory-member-documents.ts";
import type { TrackerConfig } from "@member-sync/tracker/config.ts";
import { createTracker } from "@member-sync/tracker/tracker.ts";

/** The tracker on documents in memory, in this process: each commit is captured as Eventarc's events are. */
export async function hostTracker(
  config: TrackerConfig,
  {
    documents,
    bus,
    memberSync,
    log,
  }: { readonly documents: MemoryMemberDocuments; readonly bus: MemoryBus; readonly memberSync: MemberSync; readonly log: Logger },
  cleanup: AsyncDisposableStack,
): Promise<void> {
  const metrics = createMetrics("tracker");
  const { lineage, ownWriters } = config;
  const memberRefKey = config.memberRefKey.reveal();
  const tracker = createTracker({ documents, publisher: bus, memberSync, memberRefKey, lineage, ownWriters, log, metrics });
  cleanup.defer(() => tracker.idle());
  const listening = documents.onChange((change) => {
    void tracker.capture(change).catch((err: unknown) => log.error({ err }, "a change was not captured"));
  });
  cleanup.defer(() => listening[Symbol.dispose]());
  const app = createHttpServer({ service: "tracker", log, metrics, ready: async () => ({ ok: true, checks: { memory: true } }) });
  cleanup.defer(() => app.close());
  cleanup.use(bus.consume("tracker-apply", tracker.apply));
  await listen(app, config.http);
}
