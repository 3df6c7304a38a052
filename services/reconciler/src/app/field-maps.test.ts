import { hashOfFieldMap, signatureOf } from "@member-sync/shared/member/field-map-signature.ts";
import { readEnvelope } from "@member-sync/shared/messages/envelope.ts";
import { describe, expect, test } from "vitest";
import { held, incoming, landed, MAP, MAP_WITH_NICKNAME, messageOf, reconcilerUnderTest } from "../../test/reconciler-under-test.ts";
import { memoryStores } from "../adapters/memory/memory-stores.ts";
import type { FieldMapStore } from "./ports.ts";

const JON = { name: "Jón", email: "jon@a.is", phone: "5551234" };
const { memberRef } = held("django", 1, JON);

type UnderTest = ReturnType<typeof reconcilerUnderTest>;

const hubIn = async ({ hubs }: UnderTest) => (await hubs.load([memberRef])).get(memberRef)?.hub;
const idOf = (map: typeof MAP) => hashOfFieldMap(signatureOf(map));
const nicknamesSent = (reconciler: UnderTest) =>
  [...reconciler.commands("firestore"), ...reconciler.commands("django")].flatMap(({ groups }) =>
    "nickname" in groups ? [groups["nickname"]] : [],
  );

/** Both sides hold the member, and nothing is in flight. */
async function inSync(reconciler: UnderTest, record: typeof JON & { readonly nickname?: string }): Promise<void> {
  await reconciler.take(held("django", 1, record));
  for (let revision = 10; reconciler.commands("firestore").length > revision - 10; revision += 1) {
    const command = reconciler.commands("firestore").at(-1);
    if (command !== undefined) await reconciler.take(landed(command, revision, record));
  }
  expect(await reconciler.useCases.member(memberRef)).toMatchObject({ inSync: true });
}

describe("two field maps at once", () => {
  test("a group that the producer does not map is unknown: it is neither cleared nor restored over the member's edit", async () => {
    const reconciler = reconcilerUnderTest({ mapsNickname: true });
    await inSync(reconciler, { ...JON, nickname: "X" });
    const before = reconciler.sent.length;
    await reconciler.takeFrom(MAP, held("firestore", 20, { ...JON, email: "new@a.is" }));
    expect(reconciler.sent.length).toBe(before + 1);
    expect(reconciler.commands("django").at(-1)?.groups).toEqual({ email: "new@a.is" });
    expect((await hubIn(reconciler))?.groups["nickname"]?.value).toBe("X");
  });

  test("a value of a group that the producer maps with other fields is not read", async () => {
    const reconciler = reconcilerUnderTest({ mapsNickname: true });
    await inSync(reconciler, { ...JON, nickname: "X" });
    const { data, attributes } = messageOf([held("firestore", 20, { ...JON, nickname: "of another path" })], MAP_WITH_NICKNAME);
    const signature = signatureOf(MAP_WITH_NICKNAME)["nickname"] ?? "";
    await reconciler.changes(incoming(data.replace(signature, "another path"), attributes));
    expect((await hubIn(reconciler))?.groups["nickname"]?.value).toBe("X");
    expect(nicknamesSent(reconciler)).toEqual(["X"]);
  });

  test("a message whose map has a group that is not mapped here is redelivered whole, logged once and counted", async () => {
    const reconciler = reconcilerUnderTest();
    const ahead = held("django", 1, { ...JON, nickname: "X" });
    for (let delivery = 0; delivery < 3; delivery += 1) expect(await reconciler.takeFrom(MAP_WITH_NICKNAME, ahead)).toBe("retry");
    expect(await hubIn(reconciler)).toBeUndefined();
    expect(reconciler.sent).toEqual([]);
    const told = reconciler.logged().filter(({ msg }) => msg.startsWith("a message of a field map that this reconciler does not know yet"));
    expect(told).toMatchObject([{ level: "warn", map: idOf(MAP_WITH_NICKNAME), groups: ["nickname"] }]);
    expect(await reconciler.metrics()).toContain('membersync_messages_of_unknown_map_total{service="reconciler"} 3');
  });

  test("an observation that is re-published names the map that it was read with", async () => {
    const reconciler = reconcilerUnderTest({ mapsNickname: true });
    const [stuck, other] = [held("django", 1, JON), held("django", 1, JON, { kennitala: "0202302989" })];
    reconciler.trouble.unstored = new Set([stuck.memberRef]);
    expect(await reconciler.takeFrom(MAP, stuck, other)).toBe("ack");
    const [again] = reconciler.sentTo("member-changes-django");
    const read = readEnvelope("member-change.v1", incoming(again?.data ?? "", again?.attributes));
    expect(read).toMatchObject({ fieldMap: signatureOf(MAP), items: [stuck] });
    expect(again?.attributes["map"]).toBe(idOf(MAP));
  });

  test("an observation that is dead-lettered keeps the map that it was read with, and is replayed with it", async () => {
    const reconciler = reconcilerUnderTest({ mapsNickname: true });
    await reconciler.takeFrom(MAP, held("django", 1, JON, { memberRef: "aaaaaaaaaaaaaaaaaaaa" }));
    const [letter] = reconciler.deadLettersSent();
    const read = readEnvelope("member-change.v1", incoming(letter?.data ?? "", letter?.attributes));
    expect(read.fieldMap).toEqual(signatureOf(MAP));
  });
});

describe("a field that is mapped for the first time", () => {
  test("is not sent to the other side before it has been read there; what differs goes by policy", async () => {
    const stores = memoryStores();
    const before = reconcilerUnderTest({ stores });
    await inSync(before, JON);
    const reconciler = reconcilerUnderTest({ stores, mapsNickname: true });
    await reconciler.takeFrom(MAP_WITH_NICKNAME, held("django", 2, { ...JON, nickname: "of staff" }));
    expect(nicknamesSent(reconciler)).toEqual([]);
    await reconciler.takeFrom(MAP_WITH_NICKNAME, held("firestore", 30, { ...JON, nickname: "of the member" }));
    expect(nicknamesSent(reconciler)).toEqual([]);
    const conflicts = await reconciler.useCases.conflicts({ state: "open" }, null, 5);
    expect(conflicts.items).toMatchObject([{ group: "nickname", django: { value: "of staff" }, firestore: { value: "of the member" } }]);
  });

  test("is sent once it has been read there and is empty", async () => {
    const stores = memoryStores();
    await inSync(reconcilerUnderTest({ stores }), JON);
    const reconciler = reconcilerUnderTest({ stores, mapsNickname: true });
    await reconciler.takeFrom(MAP_WITH_NICKNAME, held("django", 2, { ...JON, nickname: "of staff" }));
    const known = (await hubIn(reconciler))?.sides.firestore?.revision;
    await reconciler.takeFrom(MAP_WITH_NICKNAME, held("firestore", Number(known), JON));
    expect(nicknamesSent(reconciler)).toEqual(["of staff"]);
  });

  test("every group is withheld from a side that was read with a map of which nobody knows", async () => {
    const stores = memoryStores();
    await inSync(reconcilerUnderTest({ stores }), JON);
    const forgetful = { ...stores, fieldMaps: memoryStores().fieldMaps };
    const reconciler = reconcilerUnderTest({ stores: forgetful, mapsNickname: true });
    await reconciler.takeFrom(MAP_WITH_NICKNAME, held("django", 2, { ...JON, email: "staff@a.is" }));
    expect(reconciler.commands("firestore")).toEqual([]);
    expect((await hubIn(reconciler))?.sides.firestore?.unread).toEqual(["name", "email", "phone", "nickname"]);
  });
});

describe("the field maps that reconcilers have run with", () => {
  test("are kept before the first plan is stored, once each, by whichever instance comes first", async () => {
    const stores = memoryStores();
    const [one, two] = [reconcilerUnderTest({ stores }), reconcilerUnderTest({ stores, mapsNickname: true })];
    expect([...(await stores.fieldMaps.read()).keys()]).toEqual([]);
    await Promise.all([one.take(held("django", 1, JON)), two.take(held("django", 1, JON))]);
    expect([...(await stores.fieldMaps.read())].toSorted()).toEqual(
      [
        [idOf(MAP), signatureOf(MAP)],
        [idOf(MAP_WITH_NICKNAME), signatureOf(MAP_WITH_NICKNAME)],
      ].toSorted(),
    );
  });

  test("are read anew when a hub names one that another instance has brought since", async () => {
    const stores = memoryStores();
    const older = reconcilerUnderTest({ stores });
    await inSync(older, JON);
    const newer = reconcilerUnderTest({ stores, mapsNickname: true });
    await newer.take(held("django", 2, JON));
    expect((await hubIn(newer))?.sides.django?.map).toBe(idOf(MAP_WITH_NICKNAME));
    await older.take(held("django", 3, { ...JON, email: "staff@a.is" }));
    expect((await hubIn(older))?.sides.firestore?.unread ?? []).not.toContain("email");
    expect(older.commands("firestore").at(-1)?.groups).toEqual({ email: "staff@a.is" });
  });

  test("that cannot be read keep nothing: the message is redelivered, and taken in once they can", async () => {
    const stores = memoryStores();
    let isAway = true;
    const fieldMaps: FieldMapStore = {
      add: async () => undefined,
      read: async () => (isAway ? Promise.reject(new Error("away")) : new Map()),
    };
    const reconciler = reconcilerUnderTest({ stores: { ...stores, fieldMaps } });
    await expect(reconciler.take(held("django", 1, JON))).rejects.toThrow("away");
    isAway = false;
    expect(await reconciler.take(held("django", 1, JON))).toBe("ack");
  });
});
