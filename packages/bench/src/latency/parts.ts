import { randomUUID } from "node:crypto";
import type { Firestore } from "@google-cloud/firestore";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { packEnvelopes } from "@member-sync/shared/messages/envelope.ts";
import { sampleMembers, type SampleMember } from "@member-sync/local-stack/sample-members.ts";
import { z } from "zod";
import type { Delivery } from "../arms/arm.ts";
import { historyDocument, hubDocument } from "../arms/floor/documents.ts";
import { createRecords } from "../arms/floor/records.ts";
import { MEMBERS, writeMembers } from "../world/member-documents.ts";
import type { World } from "../world/world.ts";
import { openHops } from "./hops.ts";

/** What one change is made of, each part measured by itself, in ms. */
export interface PartTimes {
  readonly hops: number;
  readonly commit: number;
  readonly applyDjango: number;
  readonly applyFirestore: number;
}

export interface Parts extends AsyncDisposable {
  measure(): Promise<PartTimes>;
}

const standing = z.object({ revision: z.number() });
const applied = z.object({ results: z.tuple([z.object({ status: z.literal("success"), revision: z.number() })]) });

/**
 * The parts, on a member of their own whom the sync does not know: two hops, one commit of a hub and a history record,
 * one apply in Django by a guarded request, one in Firestore as the tracker does it (read, guarded write, read).
 */
export async function openParts(world: World, delivery: Delivery): Promise<Parts> {
  await using cleanup = new AsyncDisposableStack();
  const hops = cleanup.use(await openHops(world.pubsubHost, delivery));
  const firestore = createFirestore({ projectId: "bench-parts", emulatorHost: world.firestoreHost });
  cleanup.defer(() => firestore.terminate());
  const member = partsMember();
  const [djangoId = 0] = await world.editor.create([member]);
  await world.editor.markOutbox();
  await writeMembers(firestore, [member], [djangoId]);

  const records = createRecords(world.secrets.memberRefKey);
  const { contact_info, address, name } = member;
  const record = { name, ...contact_info, address, birthday: member.birthday, gender: member.gender };
  const observation = records.observation({ side: "django", kennitala: member.ssn, revision: "1", record, djangoId });
  const [message] = packEnvelopes("member-change.v1", "django", [observation]);
  const apply = await guardedApply(world, member.ssn, djangoId);
  let made = 0;
  const owned = cleanup.move();
  return {
    async measure() {
      made += 1;
      const value = `part${made}@example.is`;
      return {
        hops: await hops.measure(message?.data ?? ""),
        commit: await timed(() => commit(firestore, observation)),
        applyDjango: await timed(() => apply(value)),
        applyFirestore: await timed(() => applyInFirestore(firestore, member.ssn, value)),
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Far beyond the members of the arms, so that no kennitala is taken twice. */
function partsMember(): SampleMember {
  const member = sampleMembers(100_001).at(-1);
  if (member === undefined) throw new Error("there is no member to measure the parts with");
  return member;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function commit(firestore: Firestore, observation: Parameters<typeof hubDocument>[0]): Promise<void> {
  const batch = firestore.batch();
  batch.set(firestore.collection("sync_members").doc(observation.memberRef), hubDocument(observation));
  batch.set(firestore.collection("sync_history").doc(randomUUID()), historyDocument(observation));
  await batch.commit();
}

async function guardedApply(world: World, kennitala: string, djangoId: number): Promise<(email: string) => Promise<void>> {
  const headers = { authorization: `Token ${world.django.token}`, "content-type": "application/json" };
  const looked = await fetch(`${world.django.url}/api/sync/member/${kennitala}/`, { headers });
  let { revision } = standing.parse(await looked.json());
  return async (email) => {
    const change = { kennitala, django_id: djangoId, action: "update", changes: { "profile.email": email } };
    const body = JSON.stringify({ changes: [{ ...change, write_id: randomUUID(), expected_revision: revision }] });
    const answer = await fetch(`${world.django.url}/api/sync/apply/`, { method: "POST", headers, body });
    revision = applied.parse(await answer.json()).results[0].revision;
  };
}

async function applyInFirestore(firestore: Firestore, kennitala: string, email: string): Promise<void> {
  const reference = firestore.collection(MEMBERS).doc(kennitala);
  const [before] = await firestore.getAll(reference);
  const batch = firestore.batch();
  batch.update(
    reference,
    { "profile.email": email, "metadata.sync.write_id": randomUUID() },
    before?.updateTime === undefined ? {} : { lastUpdateTime: before.updateTime },
  );
  await batch.commit();
  await firestore.getAll(reference);
}
