import { Agent } from "node:http";
import { join } from "node:path";
import type { Firestore } from "@google-cloud/firestore";
import type { Bill } from "@member-sync/local-stack/bill.ts";
import { waitUntilReady } from "@member-sync/local-stack/processes.ts";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { z } from "zod";
import { post } from "../world/loopback.ts";
import type { AlsoWrite } from "../world/member-documents.ts";
import type { World } from "../world/world.ts";
import type { Arm, ArmName, Delivery } from "./arm.ts";
import type { ArmSettings } from "./serve-arm.ts";

const READY_MS = 30_000;
const LAST_WORDS = 10;

const counts = z.object({ calls: z.number(), reads: z.number(), writes: z.number(), messages: z.number() }).nullable();

export interface ProcessArmSpec {
  readonly name: Exclude<ArmName, "member-sync">;
  readonly label: string;
  readonly delivery: Delivery;
  readonly members: readonly string[];
  readonly hearsEvents: boolean;
  readonly alsoWrite?: AlsoWrite;
  /** Takes away what a round leaves and the next would only stumble over. */
  readonly tidy?: (firestore: Firestore) => Promise<void>;
}

/** Starts an arm of the bench's own as one process, in a Firestore project of its own. */
export async function startProcessArm(world: World, spec: ProcessArmSpec): Promise<Arm> {
  const { name, label, delivery, members, hearsEvents, alsoWrite, tidy } = spec;
  await using cleanup = new AsyncDisposableStack();
  const projectId = `bench-${label.replaceAll(" ", "-")}`;
  const port = await world.ports.next();
  const settings: ArmSettings = {
    port,
    projectId,
    firestoreHost: world.firestoreHost,
    pubsubHost: world.pubsubHost,
    djangoUrl: world.django.url,
    djangoToken: world.django.token,
    memberRefKey: world.secrets.memberRefKey,
    delivery,
  };
  const url = `http://127.0.0.1:${port}`;
  const readCounts = async (): Promise<Bill | undefined> => counts.parse(await (await fetch(`${url}/counts`)).json()) ?? undefined;
  const parts = world.partsFor(label.replaceAll(" ", "-"));
  const running = await parts.launch(name, process.execPath, [join(import.meta.dirname, name, "main.ts")], {
    env: { ARM_SETTINGS: JSON.stringify(settings) },
  });
  cleanup.defer(() => running.stop());
  await waitUntilReady(running, async () => (await readCounts(), true), { deadlineMs: READY_MS });
  const firestore = createFirestore({ projectId, emulatorHost: world.firestoreHost });
  cleanup.defer(() => firestore.terminate());
  const agent = new Agent();
  const owned = cleanup.move();
  return {
    label,
    projectId,
    firestore,
    members,
    eventsUrl: hearsEvents ? `${url}/events` : undefined,
    isLive: false,
    ...(alsoWrite && { alsoWrite }),
    pids: () => ({ [name]: running.pid }),
    async wake() {},
    rest: () => tidy?.(firestore) ?? Promise.resolve(),
    async begin(inDjango) {
      const status = await post(agent, `${url}/begin`, JSON.stringify(inDjango));
      if (status !== 204) throw new Error(`the arm answered ${status}`);
    },
    async settle() {},
    lastWords: () => running.lastLines(LAST_WORDS),
    counts: readCounts,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
