import { setTimeout as delay } from "node:timers/promises";
import { billOf } from "@member-sync/local-stack/bill.ts";
import { lastLinesOf } from "@member-sync/local-stack/processes.ts";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { EventDoor } from "../../world/event-door.ts";
import type { World } from "../../world/world.ts";
import type { Arm, Delivery } from "../arm.ts";
import { bringLiveEvents } from "./live-events.ts";
import { untilQuiet } from "./quiet.ts";
import { startOwnServices } from "./services.ts";
import { troubleOf } from "./trouble.ts";

/** After a rest the timers of the services run out all at once: their polls and sweeps are let pass before a round. */
const WAKING_MS = 1_500;

export interface MemberSyncSpec {
  readonly label: string;
  readonly delivery: Delivery;
  readonly members: readonly string[];
  /** Whether the emulator's own trigger brings Firestore's events. One such arm can be in a world. */
  readonly isLive: boolean;
  /** Where those events come by on their way to the tracker. */
  readonly door?: EventDoor;
}

/** Member-sync, whole. While others run, its processes are stopped in their tracks, so that they neither work nor listen. */
export async function startMemberSync(world: World, { label, delivery, members, isLive, door }: MemberSyncSpec): Promise<Arm> {
  await using cleanup = new AsyncDisposableStack();
  const projectId = `bench-${label.replaceAll(" ", "-")}`;
  const services = await startOwnServices(world, label, projectId, delivery, cleanup, door);
  if (isLive) await bringLiveEvents(world, projectId, services, cleanup);
  const { processes, urls } = services;
  const firestore = createFirestore({ projectId, emulatorHost: world.firestoreHost, deadlineMs: 60_000 });
  cleanup.defer(() => firestore.terminate());
  const all = [processes.tracker, processes.djangoAdapter, processes.reconciler];
  const refOf = (kennitala: string) => memberRefOf(world.secrets.memberRefKey, kennitala);
  let touched = members.map(refOf);
  const owned = cleanup.move();
  return {
    label,
    projectId,
    firestore,
    members,
    eventsUrl: isLive ? undefined : `${urls.tracker}/events/firestore`,
    isLive,
    pids: () => ({
      tracker: processes.tracker.pid(),
      "django-adapter": processes.djangoAdapter.pid(),
      reconciler: processes.reconciler.pid(),
    }),
    async wake() {
      for (const service of all) service.kill("SIGCONT");
      world.nudges.target = urls.djangoAdapter;
      await delay(WAKING_MS);
    },
    async rest() {
      world.nudges.target = undefined;
      for (const service of all) service.kill("SIGSTOP");
    },
    async begin(inDjango, inPortal) {
      touched = [...new Set([...inDjango, ...inPortal].map(({ kennitala }) => refOf(kennitala)))];
    },
    async settle() {
      await untilQuiet(firestore, world.django, touched);
      const trouble = await troubleOf(urls.reconciler, world.secrets.apiToken);
      if (trouble !== undefined) world.progress.warn(`${label}: ${trouble}`);
    },
    lastWords: () => all.map(({ name, logFile }) => `${name}: ${lastLinesOf(logFile, 1).join("")}`),
    counts: () => billOf(Object.values(urls)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
