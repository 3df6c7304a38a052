import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { MemoryBus } from "@member-sync/shared/bus/memory/memory-bus.ts";
import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { loadMemberSync } from "@member-sync/shared/sync-config.ts";
import { djangoAdapterConfig } from "@member-sync/django-adapter/config.ts";
import { startDjangoAdapter } from "@member-sync/django-adapter/service.ts";
import { memoryStores } from "@member-sync/reconciler/adapters/memory/memory-stores.ts";
import { reconcilerConfig } from "@member-sync/reconciler/config.ts";
import { startReconciler } from "@member-sync/reconciler/service.ts";
import { MemoryMemberDocuments } from "@member-sync/fakes/firestore/memory-member-documents.ts";
import { trackerConfig } from "@member-sync/tracker/config.ts";
import { addressesOf, djangoAccess } from "../addresses.ts";
import { startDjango } from "../django/start.ts";
import type { Parts } from "../parts.ts";
import { PATHS } from "../paths.ts";
import { createPorts } from "../ports.ts";
import type { Secrets } from "../secrets.ts";
import { SERVICE_NAMES, serviceEnv, type ServicePlan } from "../services.ts";
import { PROJECT_ID } from "../stack-names.ts";
import type { LocalService, StackBody, StackOptions } from "../stack-options.ts";
import { createDocumentsServer } from "./documents-server.ts";
import { hostTracker } from "./host-tracker.ts";

/**
 * The whole system in this one process, on memory: nothing is needed but Node. The same application code and HTTP
 * interfaces, without a broker, a database, or anything that outlives the process.
 */
export async function startEmbeddedStack(
  options: StackOptions,
  secrets: Secrets,
  parts: Parts,
  cleanup: AsyncDisposableStack,
): Promise<StackBody> {
  const { progress } = parts;
  progress.note("Backend embedded: everything in this one process and in memory. It is for trying out; nothing is kept.");
  if (options.dataDir !== undefined)
    progress.warn("--data keeps only the secrets with the embedded backend: members are forgotten at each stop");
  const ports = createPorts(options.portBase);
  const [firestorePort, djangoPort] = [await ports.next(), await ports.next()];
  const servicePorts = { tracker: await ports.next(), djangoAdapter: await ports.next(), reconciler: await ports.next() };
  const django = await startDjango(
    { port: djangoPort, ports, access: djangoAccess(secrets, servicePorts.djangoAdapter), options, standInOnly: true },
    parts,
    cleanup,
  );
  const plan: ServicePlan = {
    ports: servicePorts,
    host: "127.0.0.1",
    projectId: PROJECT_ID,
    firestoreHost: "",
    pubsubHost: "",
    djangoUrl: django.django.url,
    secrets,
    options: { ...options, delivery: "pull" },
  };
  await progress.step("Starting tracker, django-adapter and reconciler in this process", async () => {
    const bus = new MemoryBus();
    const memberSync = await loadMemberSync(PATHS.config);
    const logOf = (service: LocalService) =>
      createLogger({
        service: SERVICE_NAMES[service],
        level: options.logLevel ?? "info",
        destination: createWriteStream(join(parts.logsDir, `${SERVICE_NAMES[service]}.log`)),
      });
    const documents = new MemoryMemberDocuments();
    const firestore = createDocumentsServer(documents, PROJECT_ID);
    cleanup.defer(() => firestore.close());
    await firestore.listen({ host: "127.0.0.1", port: firestorePort });
    await hostTracker(trackerConfig(serviceEnv("tracker", plan)), { documents, bus, memberSync, log: logOf("tracker") }, cleanup);
    const adapterConfig = djangoAdapterConfig(serviceEnv("djangoAdapter", plan));
    cleanup.use(await startDjangoAdapter(adapterConfig, { log: logOf("djangoAdapter"), bus: { publisher: bus, source: bus } }));
    const reconcilerDeps = { log: logOf("reconciler"), stores: memoryStores(), bus: { publisher: bus, source: bus } };
    cleanup.use(await startReconciler(reconcilerConfig(serviceEnv("reconciler", plan)), reconcilerDeps));
  });
  const firestoreHost = `127.0.0.1:${firestorePort}`;
  return {
    addresses: addressesOf(
      options,
      { firestore: { host: firestoreHost, backend: "embedded" }, pubsub: { host: "", backend: "embedded" } },
      django.django,
      servicePorts,
      secrets,
    ),
    memberRefKey: secrets.memberRefKey,
    logsDir: parts.logsDir,
    processes: {
      tracker: undefined,
      djangoAdapter: undefined,
      reconciler: undefined,
      django: undefined,
      firestore: undefined,
      pubsub: undefined,
      postgres: undefined,
    },
    pendingEvents: () => 0,
    ensureTopology: async () => {},
    described: [
      `Firestore   ${firestoreHost}  (embedded: the members' documents only)`,
      "Pub/Sub     none  (embedded: in this process)",
      `Django      ${django.django.url}  (${django.django.description})`,
    ],
  };
}
