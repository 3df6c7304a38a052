import { addressesOf, djangoAccess } from "./addresses.ts";
import { startDjango, type StartedDjango } from "./django/start.ts";
import type { EmulatorPlan, EmulatorSource } from "./emulators/emulator.ts";
import { exportFirestore, exportIn } from "./emulators/export.ts";
import { startEmulators, type Emulators } from "./emulators/start.ts";
import { startEventRelay } from "./event-relay.ts";
import { createMessaging } from "./messaging.ts";
import type { Parts } from "./parts.ts";
import { createPorts } from "./ports.ts";
import type { Secrets } from "./secrets.ts";
import { settleAll } from "./settle.ts";
import { startServices, type ServicePlan } from "./services.ts";
import type { LocalService, StackBody, StackOptions } from "./stack-options.ts";
import { PROJECT_ID } from "./stack-names.ts";
import { confirmDelivery, registerTrigger, TRIGGER_ID } from "./trigger.ts";

/** Emulators, Django, relay and the three services, each as a process of its own. */
export async function startRealStack(
  options: StackOptions,
  source: EmulatorSource | undefined,
  secrets: Secrets,
  parts: Parts,
  cleanup: AsyncDisposableStack,
): Promise<StackBody> {
  const given = options.given ?? {};
  const ports = createPorts(options.portBase);
  const [firestorePort, pubsubPort, djangoPort] = [await ports.next(), await ports.next(), await ports.next()];
  const servicePorts = { tracker: await ports.next(), djangoAdapter: await ports.next(), reconciler: await ports.next() };
  const relayPort = given.relayPort ?? (await ports.next());

  const plan: EmulatorPlan = {
    firestorePort,
    pubsubPort,
    relayPort,
    pushPorts: Object.values(servicePorts),
    importFrom: () => (options.dataDir === undefined ? undefined : exportIn(options.dataDir)),
    afterRestart: (emulator) => (emulator === "firestore" ? watchMembers() : messaging.ensure()),
  };
  const access = djangoAccess(secrets, servicePorts.djangoAdapter);
  const [emulators, django]: [Emulators, StartedDjango] = await settleAll([
    startEmulators(given, source, plan, parts, cleanup),
    startDjango({ port: djangoPort, ports, access, options, standInOnly: false }, parts, cleanup),
  ]);
  keepFirestore(emulators, options, parts, cleanup);

  const callbackHost = source?.callbackHost ?? "127.0.0.1";
  const callback = (service: LocalService) => `http://${callbackHost}:${servicePorts[service]}`;
  const messaging = createMessaging({
    projectId: PROJECT_ID,
    emulatorHost: emulators.pubsub.host,
    delivery: options.delivery ?? "push",
    trackerUrl: `http://127.0.0.1:${servicePorts.tracker}`,
    pushUrls: { tracker: callback("tracker"), "django-adapter": callback("djangoAdapter"), reconciler: callback("reconciler") },
  });
  cleanup.use(messaging);
  const relay = await startEventRelay({
    port: relayPort,
    triggerId: TRIGGER_ID,
    publish: messaging.publishEvents,
    onTrouble: () => parts.progress.warn("Pub/Sub does not take Firestore's events; they wait in the relay"),
  });
  cleanup.use(relay);
  const watchMembers = () => registerTrigger(emulators.firestore.host, PROJECT_ID, TRIGGER_ID, "members/{id}");
  await parts.progress.step("Creating topics, subscriptions and the trigger", async () => {
    await settleAll([messaging.ensure(), watchMembers()]);
    if (given.firestore !== undefined) await confirmDelivery(emulators.firestore.host, PROJECT_ID, relay, parts.signal);
  });

  const servicePlan: ServicePlan = {
    ports: servicePorts,
    host: "127.0.0.1",
    projectId: PROJECT_ID,
    firestoreHost: emulators.firestore.host,
    pubsubHost: emulators.pubsub.host,
    djangoUrl: django.django.url,
    secrets,
    options,
  };
  const services = await parts.progress.step("Starting tracker, django-adapter and reconciler", () =>
    startServices(servicePlan, parts, cleanup),
  );
  cleanup.use(messaging.forwardEvents());
  return {
    addresses: addressesOf(options, emulators, django.django, servicePorts, secrets),
    memberRefKey: secrets.memberRefKey,
    logsDir: parts.logsDir,
    processes: {
      ...services,
      django: django.django.process,
      firestore: emulators.firestore.process,
      pubsub: emulators.pubsub.process,
      postgres: django.postgres,
    },
    pendingEvents: () => relay.pending(),
    ensureTopology: () => messaging.ensure(),
    described: [
      `Firestore   ${emulators.firestore.host}  (${emulators.firestore.backend})`,
      `Pub/Sub     ${emulators.pubsub.host}  (${emulators.pubsub.backend})`,
      `Django      ${django.django.url}  (${django.django.description})`,
    ],
  };
}

/** With `--data`, Firestore's documents are written out before the emulator is stopped. */
function keepFirestore(emulators: Emulators, options: StackOptions, parts: Parts, cleanup: AsyncDisposableStack): void {
  const { dataDir } = options;
  if (dataDir === undefined || emulators.firestore.backend !== "sdk") return;
  cleanup.defer(async () => {
    try {
      await exportFirestore(emulators.firestore.host, PROJECT_ID, dataDir);
    } catch (error) {
      parts.progress.warn(`Firestore's documents were not kept: ${error instanceof Error ? error.message : "no reason"}`);
    }
  });
}
