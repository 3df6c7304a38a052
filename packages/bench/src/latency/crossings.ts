import { setTimeout as delay } from "node:timers/promises";
import { emailsInDjango } from "@member-sync/local-stack/burst/arrivals.ts";
import type { Arm } from "../arms/arm.ts";
import type { Edit } from "../world/edits.ts";
import { documentEventOf } from "../world/events.ts";
import { MEMBERS, standingsOf, type Standings } from "../world/member-documents.ts";
import { postEvents } from "../world/post-events.ts";
import type { World } from "../world/world.ts";

const POLL_MS = 2;
const ARRIVAL_MS = 30_000;

/** One edit of a quiet system. Times are epoch ms. */
export interface Crossing {
  readonly kennitala: string;
  readonly way: "to-firestore" | "to-django";
  /** When the edit was due: a system that is behind does not push its due times back. */
  readonly dueAt: number;
  readonly committedAt: number;
  readonly arrivedAt: number;
}

/** Makes single edits of members that nobody else edits, and sees each arrive. */
export interface Crosser extends Disposable {
  toFirestore(kennitala: string, dueAt: number): Promise<Crossing>;
  toDjango(kennitala: string, dueAt: number): Promise<Crossing>;
}

export async function createCrosser(world: World, arm: Arm): Promise<Crosser> {
  const emails = emailsInDjango(world.django.databaseFile);
  const standings: Standings = arm.isLive ? new Map() : await standingsOf(arm.firestore, arm.members);
  const editOf = (kennitala: string) => firstOf(world.newEdits([kennitala]));
  return {
    async toFirestore(kennitala, dueAt) {
      const edit = editOf(kennitala);
      const { arrival } = await listen(arm, edit);
      await until(dueAt);
      const committedAt = await world.editor.edit([edit]);
      const [arrivedAt] = await Promise.all([arrival, arm.begin([edit], [edit])]);
      return { kennitala, way: "to-firestore", dueAt, committedAt, arrivedAt };
    },
    async toDjango(kennitala, dueAt) {
      const edit = editOf(kennitala);
      await until(dueAt);
      const arrival = poll(emails, edit);
      const { writeTime } = await arm.firestore.collection(MEMBERS).doc(kennitala).update({ "profile.email": edit.email });
      const committedAt = Date.now();
      const before = standings.get(kennitala);
      if (arm.eventsUrl !== undefined && before !== undefined) {
        const fields = { ...before.fields, profile: { ...before.fields["profile"], email: edit.email } };
        await postEvents(arm.eventsUrl, [
          documentEventOf(arm.projectId, before, { ...before, fields, updated: writeTime }, ["profile.email"]),
        ]);
      }
      return { kennitala, way: "to-django", dueAt, committedAt, arrivedAt: await arrival };
    },
    [Symbol.dispose]: () => emails[Symbol.dispose](),
  };
}

export async function until(at: number): Promise<void> {
  const left = at - Date.now();
  if (left > 0) await delay(left);
}

/** A listener on the one document, set up before the edit: it hears of the phone without asking for it. */
async function listen(arm: Arm, { kennitala, phone }: Edit): Promise<{ readonly arrival: Promise<number> }> {
  const arrival = Promise.withResolvers<number>();
  const ready = Promise.withResolvers<void>();
  const stop = arm.firestore
    .collection(MEMBERS)
    .doc(kennitala)
    .onSnapshot((snapshot) => {
      ready.resolve();
      if (snapshot.get("profile.phone") === phone) arrival.resolve(Date.now());
    }, arrival.reject);
  const late = setTimeout(() => arrival.reject(new Error("an edit did not arrive in Firestore")), ARRIVAL_MS);
  await ready.promise;
  const heard = arrival.promise.finally(() => {
    clearTimeout(late);
    stop();
  });
  return { arrival: heard };
}

async function poll(emails: ReturnType<typeof emailsInDjango>, { kennitala, email }: Edit): Promise<number> {
  for (const deadline = Date.now() + ARRIVAL_MS; Date.now() < deadline; await delay(POLL_MS)) {
    if ((await emails([kennitala])).get(kennitala) === email) return Date.now();
  }
  throw new Error("an edit did not arrive in Django");
}

function firstOf(edits: readonly Edit[]): Edit {
  const [edit] = edits;
  if (edit === undefined) throw new Error("there is no edit");
  return edit;
}
