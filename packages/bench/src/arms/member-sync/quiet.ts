import type { Firestore } from "@google-cloud/firestore";
import { waitFor } from "@member-sync/local-stack/wait-for.ts";
import { z } from "zod";
import type { DjangoAt } from "../../world/world.ts";

const outbox = z.object({ pending: z.number() });
const QUIET_MS = 300_000;

/** Waits until no command is without its answer, no edit without its command, and no outbox row unpublished. */
export async function untilQuiet(firestore: Firestore, django: DjangoAt): Promise<void> {
  const isQuiet = async () =>
    (await isNone(firestore, "inFlightAt", ">", 0)) && (await isNone(firestore, "due", "==", true)) && (await pending(django)) === 0;
  await waitFor(isQuiet, { what: "the last answer", deadlineMs: QUIET_MS, everyMs: 100 });
}

async function isNone(firestore: Firestore, field: string, operator: ">" | "==", value: number | boolean): Promise<boolean> {
  const found = await firestore.collection("sync_members").where(field, operator, value).select().limit(1).get();
  return found.empty;
}

async function pending({ url, token }: DjangoAt): Promise<number> {
  const response = await fetch(`${url}/api/sync/status/`, { headers: { authorization: `Token ${token}` } });
  return outbox.parse(await response.json()).pending;
}
