import type { Firestore } from "@google-cloud/firestore";
import { waitFor } from "@member-sync/local-stack/wait-for.ts";
import { chunksOf } from "@member-sync/shared/chunks.ts";
import { z } from "zod";
import type { DjangoAt } from "../../world/world.ts";

const outbox = z.object({ pending: z.number() });
const QUIET_MS = 600_000;
const READ_AT_ONCE = 500;

/**
 * Waits until each of these members has a hub with no command on its way and none due, and no outbox row is unpublished.
 * The hubs are read by their ids: a query would read all hubs that there are, and be counted as the emulator's work.
 */
export async function untilQuiet(firestore: Firestore, django: DjangoAt, memberRefs: readonly string[]): Promise<void> {
  let restless = memberRefs;
  const isQuiet = async () => {
    restless = await restlessOf(firestore, restless);
    return restless.length === 0 && (await pending(django)) === 0;
  };
  await waitFor(isQuiet, { what: "the last answer", deadlineMs: QUIET_MS, everyMs: 100 });
}

async function restlessOf(firestore: Firestore, memberRefs: readonly string[]): Promise<readonly string[]> {
  const hubs = firestore.collection("sync_members");
  const found: string[] = [];
  for (const group of chunksOf(memberRefs, READ_AT_ONCE)) {
    const references = group.map((memberRef) => hubs.doc(memberRef));
    for (const hub of await firestore.getAll(...references, { fieldMask: ["inFlightAt", "due"] })) {
      if (!hub.exists || hub.get("inFlightAt") !== undefined || hub.get("due") === true) found.push(hub.id);
    }
  }
  return found;
}

async function pending({ url, token }: DjangoAt): Promise<number> {
  const response = await fetch(`${url}/api/sync/status/`, { headers: { authorization: `Token ${token}` } });
  return outbox.parse(await response.json()).pending;
}
