import type { Firestore } from "@google-cloud/firestore";
import { z } from "zod";
import { waitFor } from "../wait-for.ts";
import type { Stack } from "../stack-options.ts";

export interface Leftover {
  readonly what: string;
  readonly count: number;
}

const outbox = z.object({ pending: z.number() });
const standing = z.object({ openConflicts: z.number(), openDeadLetters: z.number() });

/** What is still on its way, or went wrong, once every edit has arrived: each of these must be 0. */
export async function leftovers(stack: Stack, firestore: Firestore): Promise<readonly Leftover[]> {
  const count = async (): Promise<readonly Leftover[]> => [
    { what: "commands without an answer", count: await countHubs(firestore, "inFlightAt", ">", 0) },
    { what: "edits that no command carries", count: await countHubs(firestore, "due", "==", true) },
    { what: "outbox rows not yet published", count: (await outboxOf(stack)).pending },
    { what: "open conflicts", count: (await statusOf(stack)).openConflicts },
    { what: "dead letters", count: (await statusOf(stack)).openDeadLetters },
  ];
  let found = await count();
  await waitFor(
    async () => {
      found = await count();
      return found.every((leftover) => leftover.count === 0);
    },
    { what: "the last answers", deadlineMs: 30_000, everyMs: 200, signal: new AbortController().signal },
  ).catch(() => undefined);
  return found;
}

async function countHubs(firestore: Firestore, field: string, operator: ">" | "==", value: number | boolean): Promise<number> {
  const snapshot = await firestore.collection("sync_members").where(field, operator, value).count().get();
  return snapshot.data().count;
}

async function outboxOf({ addresses: { django } }: Stack): Promise<z.output<typeof outbox>> {
  const response = await fetch(`${django.url}/api/sync/status/`, { headers: { authorization: `Token ${django.token}` } });
  return outbox.parse(await response.json());
}

async function statusOf({ addresses: { reconciler } }: Stack): Promise<z.output<typeof standing>> {
  const response = await fetch(`${reconciler.url}/api/status`, { headers: { authorization: `Bearer ${reconciler.token}` } });
  return standing.parse(await response.json());
}
