import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runShape } from "./world/api-shapes.ts";
import { expectEqual, expectQuiet } from "./world/equality.ts";
import { eventually } from "./world/eventually.ts";
import { freshKennitala, freshKennitalas, person } from "./world/people.ts";
import { openWorld, type World } from "./world/world.ts";

const MEMBERS = 12;

describe("Mode scheduled", () => {
  let world: World;
  const kennitalas = freshKennitalas(MEMBERS);
  beforeAll(async () => {
    world = await openWorld({ mode: "scheduled" });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const waitingFor = (side: "django" | "firestore", kennitala: string) =>
    eventually("the edit waiting in the hub", async () =>
      expect(await world.api.member(kennitala)).toMatchObject({ [side]: { waiting: true } }),
    );

  test("New members wait until `POST /flush`; then all of them are there, with one run whose counts are right.", async () => {
    await world.django.createAll(kennitalas.map((kennitala) => ({ kennitala, member: person(kennitala) })));
    await eventually("all of them waiting in the hub", async () => expect((await world.api.status()).backlog?.waiting).toBe(MEMBERS));
    expect((await world.portal.documents()).size).toBe(0);
    const answer = await world.api.flush();
    expect(answer.status).toBe(200);
    for (const kennitala of kennitalas) await expectEqual(world, kennitala);
    expect(await world.api.runs()).toHaveLength(1);
    expect(runShape.parse(answer.body)).toMatchObject({
      type: "flush",
      status: "success",
      stats: { django_to_firestore: { success: MEMBERS, failed: 0 }, firestore_to_django: { success: 0, failed: 0 }, conflicts: 0 },
    });
  });

  test("Nothing is written to the other side until `POST /flush`; then all of it, with one run in `sync_logs` whose counts are right.", async () => {
    const runs = (await world.api.runs()).length;
    const writes = await world.django.syncWrites();
    const [toFirestore, toDjango] = [kennitalas.slice(0, 5), kennitalas.slice(5, 8)];
    const contested = kennitalas[8] ?? "";
    for (const kennitala of toFirestore) await world.django.edit(kennitala, { name: "Úr Django" });
    for (const kennitala of toDjango) await world.portal.edit(kennitala, { "profile.phone": "5510001" });
    await world.django.edit(contested, { contact_info: { email: "a@example.is" } });
    await world.portal.edit(contested, { "profile.email": "b@example.is" });
    for (const kennitala of [...toFirestore, contested]) await waitingFor("django", kennitala);
    for (const kennitala of [...toDjango, contested]) await waitingFor("firestore", kennitala);
    expect(await world.django.syncWrites()).toBe(writes);
    for (const kennitala of toFirestore)
      expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: person(kennitala).name } });
    for (const kennitala of toDjango)
      expect((await world.django.shown(kennitala))?.contact_info.phone).toBe(person(kennitala).contact_info.phone);

    const answer = await world.api.flush();
    expect(answer.status).toBe(200);
    for (const kennitala of toFirestore) expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: "Úr Django" } });
    for (const kennitala of toDjango) expect((await world.django.shown(kennitala))?.contact_info.phone).toBe("5510001");
    const stored = await world.portal.firestore.collection("sync_logs").get();
    expect(stored.size).toBe(runs + 1);
    const run = runShape.parse(answer.body);
    expect(run.stats).toEqual({
      django_to_firestore: { success: 5, failed: 0 },
      firestore_to_django: { success: 3, failed: 0 },
      conflicts: 1,
    });
    expect(stored.docs.map((document) => document.data())).toContainEqual(
      expect.objectContaining({
        type: "flush",
        status: "success",
        stats: run.stats,
        started_at: expect.anything(),
        completed_at: expect.anything(),
      }),
    );
    expect(await world.api.conflicts("open", contested)).toMatchObject([
      { group: "email", django: { value: "a@example.is" }, firestore: { value: "b@example.is" } },
    ]);
  });

  test("Several edits of one member between two flushes: one write, the newest value.", async () => {
    const kennitala = kennitalas[9] ?? "";
    const writes = await world.django.syncWrites();
    for (const phone of ["5520001", "5520002", "5520003"]) await world.portal.edit(kennitala, { "profile.phone": phone });
    await eventually("the newest value waiting", async () => {
      expect(world.stack.pendingEvents()).toBe(0);
      const document = await world.portal.firestore.collection("members").doc(kennitala).get();
      const updatedAt = document.updateTime;
      expect(await world.api.member(kennitala)).toMatchObject({ firestore: { waiting: true } });
      expect(updatedAt).toBeDefined();
    });
    expect((await world.api.flush()).status).toBe(200);
    await eventually("the newest value in Django, if need be by one more flush", async () => {
      if ((await world.django.shown(kennitala))?.contact_info.phone === "5520003") return true;
      await world.api.flush();
      return false;
    });
    expect(await world.django.syncWrites()).toBeLessThanOrEqual(writes + 2);
  });

  test("Two flushes at once: one works, the other says so.", async () => {
    await world.django.edit(kennitalas[10] ?? "", { name: "Tvisvar" });
    const answers = await Promise.all([world.api.flush(), world.api.flush()]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    await expectEqual(world, kennitalas[10] ?? "");
  });

  test("38, 48. A flush that cannot reach Django answers 5xx and the run says failed; no edit is skipped by it.", async () => {
    const [edited, registered] = [kennitalas[11] ?? "", freshKennitala()];
    await world.django.edit(edited, { name: "Beið Eftir Django" });
    await world.kill("django");
    await world.portal.put(registered, { profile: { kennitala: registered, name: "Skráð Á Meðan" } });
    await eventually("the registration waiting in the hub", async () => expect(await world.api.member(registered)).toBeDefined());
    const answer = await world.api.flush();
    expect(answer.status).toBeGreaterThanOrEqual(500);
    const [failed] = await world.api.runs();
    expect(failed).toMatchObject({ type: "flush", status: "failed", error: expect.any(String), completed_at: expect.any(String) });
    expect(await world.api.status()).toMatchObject({ lastRun: { id: failed?.id, status: "failed" } });

    await world.restart("django");
    await eventually({ what: "a flush that succeeds", withinMs: 45_000, everyMs: 1_000 }, async () =>
      expect((await world.api.flush()).status).toBe(200),
    );
    await eventually("both edits, if need be by one more flush", async () => {
      const isThere =
        (await world.django.shown(registered))?.name === "Skráð Á Meðan" &&
        (await world.portal.document(edited))?.["profile"]?.name === "Beið Eftir Django";
      if (!isThere) await world.api.flush();
      return isThere;
    });
  });

  test("after all of them: quiet, and nothing lost", async () => {
    expect((await world.api.flush()).status).toBe(200);
    await expectQuiet(world);
  });
});
