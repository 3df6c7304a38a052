import type { DocumentData } from "@google-cloud/firestore";
import { z } from "zod";
import type { World } from "./world.ts";

/** Somebody who looks at one member's document all the time, and remembers each state that it was seen in. */
interface Witness extends AsyncDisposable {
  /** Oldest first; `undefined` where there was no document. */
  readonly states: readonly (DocumentData | undefined)[];
}

export async function watchDocument(world: World, kennitala: string): Promise<Witness> {
  const states: (DocumentData | undefined)[] = [];
  const first = Promise.withResolvers<void>();
  const stop = world.portal.firestore
    .collection("members")
    .doc(kennitala)
    .onSnapshot((snapshot) => {
      states.push(snapshot.data());
      first.resolve();
    }, first.reject);
  await first.promise;
  return {
    states,
    [Symbol.asyncDispose]: async () => stop(),
  };
}

const rows = z.array(z.object({ action: z.string(), origin: z.string(), fields: z.record(z.string(), z.unknown()) }));

/** Every write that Django's tables have seen for this member, oldest first: its triggers miss none, the sync's own included. */
export async function djangoWrites(world: World, kennitala: string): Promise<z.infer<typeof rows>> {
  const printed = await world.django.python(
    [
      "import json",
      `found = MemberSyncQueue.objects.filter(ssn='${kennitala}').order_by('id')`,
      "print(json.dumps([{'action': row.action, 'origin': row.origin, 'fields': json.loads(row.fields_changed)} for row in found]))",
    ].join("\n"),
  );
  return rows.parse(JSON.parse(printed));
}

/** Whether no value comes again after another one was seen. */
export function isInOrder(values: readonly unknown[]): boolean {
  const changes = values.filter((value, at) => value !== values[at - 1]);
  return new Set(changes).size === changes.length;
}
