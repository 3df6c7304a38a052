import { createMessaging, type Messaging } from "@member-sync/local-stack/messaging.ts";
import { startServices } from "@member-sync/local-stack/services.ts";
import type { LocalService } from "@member-sync/local-stack/stack-options.ts";
import type { Supervised } from "@member-sync/local-stack/supervised.ts";
import type { EventDoor } from "../../world/event-door.ts";
import type { World } from "../../world/world.ts";
import type { Delivery } from "../arm.ts";

/** The three real services as processes of their own, as `npm start` runs them, in a project of their own. */
export interface Services {
  readonly processes: Readonly<Record<LocalService, Supervised>>;
  readonly urls: Readonly<Record<LocalService, string>>;
  readonly messaging: Messaging;
}

export async function startOwnServices(
  world: World,
  label: string,
  projectId: string,
  delivery: Delivery,
  cleanup: AsyncDisposableStack,
  door?: EventDoor,
): Promise<Services> {
  const ports = { tracker: await world.ports.next(), djangoAdapter: await world.ports.next(), reconciler: await world.ports.next() };
  const urlOf = (service: LocalService) => `http://127.0.0.1:${ports[service]}`;
  const urls = { tracker: urlOf("tracker"), djangoAdapter: urlOf("djangoAdapter"), reconciler: urlOf("reconciler") };
  const messaging = createMessaging({
    projectId,
    emulatorHost: world.pubsubHost,
    delivery,
    trackerUrl: door?.url ?? urls.tracker,
    pushUrls: { tracker: urls.tracker, "django-adapter": urls.djangoAdapter, reconciler: urls.reconciler },
  });
  cleanup.use(messaging);
  if (door !== undefined) door.target = urls.tracker;
  await messaging.ensure();
  const plan = {
    ports,
    host: "127.0.0.1",
    projectId,
    firestoreHost: world.firestoreHost,
    pubsubHost: world.pubsubHost,
    djangoUrl: world.django.url,
    secrets: world.secrets,
    options: { home: world.home, delivery },
  };
  const processes = await startServices(plan, world.partsFor(label.replaceAll(" ", "-")), cleanup);
  return { processes, urls, messaging };
}
