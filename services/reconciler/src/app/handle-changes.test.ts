import { describe, expect, test } from "vitest";
import { held, incoming, KENNITALA, landed, messageOf, reconcilerUnderTest } from "../../test/reconciler-under-test.ts";

const JON = { name: "Jón", email: "jon@a.is", phone: "5551234" };

describe("a message of changes", () => {
  test("is stored, its commands are sent, and only then it is acknowledged", async () => {
    const reconciler = reconcilerUnderTest();
    expect(await reconciler.take(held("django", 1, JON))).toBe("ack");
    expect(reconciler.commands("firestore")).toMatchObject([{ kennitala: KENNITALA, groups: JON, life: "alive" }]);
    const { memberRef } = held("django", 1, JON);
    expect((await reconciler.hubs.load([memberRef])).get(memberRef)?.hub.rev).toBe(1);
  });

  test("brought twice changes nothing the second time", async () => {
    const reconciler = reconcilerUnderTest();
    await reconciler.take(held("django", 1, JON));
    const before = reconciler.sent.length;
    expect(await reconciler.take(held("django", 1, JON))).toBe("ack");
    expect(reconciler.sent).toHaveLength(before);
  });

  test("of several observations of one member becomes one plan and one command", async () => {
    const reconciler = reconcilerUnderTest();
    await reconciler.take(held("django", 1, JON));
    const [create] = reconciler.commands("firestore");
    if (create === undefined) throw new Error("a create was expected");
    await reconciler.changes(messageOf([landed(create, 10, JON)]));
    const typed = ["5", "55", "555"].map((phone, index) => held("firestore", 11 + index, { ...JON, phone }));
    await reconciler.take(...typed);
    expect(reconciler.commands("django")).toMatchObject([{ groups: { phone: "555" } }]);
  });

  test("of which one item cannot be read: the others are stored, that one is dead-lettered", async () => {
    const reconciler = reconcilerUnderTest();
    const good = messageOf([held("django", 1, JON)]);
    const data = good.data.replace('"items":[', '"items":[{"nonsense":true},');
    expect(await reconciler.changes({ ...good, data })).toBe("ack");
    expect(reconciler.deadLettersSent()).toMatchObject([{ cause: "invalid-item", topic: "member-changes-django", origin: "reconciler" }]);
    expect(reconciler.commands("firestore")).toHaveLength(1);
  });

  test.each([
    ["is not JSON", "{", "malformed"],
    [
      "is of a version from the future",
      JSON.stringify({ schema: "member-change.v99", envelopeId: "e", side: "django", items: [{}] }),
      "unknown-version",
    ],
  ])("that %s is dead-lettered whole at its first delivery", async (_what, data, cause) => {
    const reconciler = reconcilerUnderTest();
    expect(await reconciler.changes(incoming(data, { side: "django" }))).toBe("ack");
    expect(reconciler.deadLettersSent()).toMatchObject([{ cause, data }]);
  });

  test("whose reference and kennitala do not belong together is dead-lettered", async () => {
    const reconciler = reconcilerUnderTest();
    await reconciler.take(held("django", 1, JON, { memberRef: "aaaaaaaaaaaaaaaaaaaa" }));
    expect(reconciler.deadLettersSent()).toMatchObject([{ cause: "wrong-member" }]);
    expect(reconciler.commands("firestore")).toEqual([]);
  });

  test("of a company is dead-lettered", async () => {
    const reconciler = reconcilerUnderTest();
    await reconciler.take(held("django", 1, JON, { kennitala: "4101302989" }));
    expect(reconciler.deadLettersSent()).toMatchObject([{ cause: "refused" }]);
  });

  test("is not acknowledged while the bus is away; the sweep sends what was stored by then", async () => {
    const reconciler = reconcilerUnderTest();
    reconciler.trouble.bus = true;
    await expect(reconciler.take(held("django", 1, JON))).rejects.toMatchObject({ code: "bus_unavailable" });
    reconciler.trouble.bus = false;
    expect(await reconciler.take(held("django", 1, JON))).toBe("ack");
    expect(reconciler.commands("firestore")).toEqual([]);
    reconciler.clock.now += 31_000;
    expect(await reconciler.useCases.sweep()).toEqual({ resent: 1, released: 0 });
    expect(reconciler.commands("firestore")).toMatchObject([{ groups: JON }]);
  });

  test("of which one member's hub cannot be stored: the others are stored and sent, that one is sent again by itself", async () => {
    const reconciler = reconcilerUnderTest();
    const [stuck, ...others] = ["0101302989", "0202302989", "0303302989"].map((kennitala) => held("django", 1, JON, { kennitala }));
    if (stuck === undefined) throw new Error("three members");
    reconciler.trouble.unstored = new Set([stuck.memberRef]);
    expect(await reconciler.take(stuck, ...others)).toBe("ack");
    expect(reconciler.commands("firestore").map(({ memberRef }) => memberRef)).toEqual(others.map(({ memberRef }) => memberRef));
    const [again, ...more] = reconciler.sentTo("member-changes-django");
    expect([again?.attributes["items"], more]).toEqual(["1", []]);
    reconciler.trouble.unstored = new Set();
    expect(await reconciler.changes(incoming(again?.data ?? "", again?.attributes))).toBe("ack");
    expect(reconciler.commands("firestore").at(-1)).toMatchObject({ memberRef: stuck.memberRef, groups: JON });
  });

  test("of one member whose hub cannot be stored is not acknowledged, whoever is stored along with it", async () => {
    const reconciler = reconcilerUnderTest();
    const [stuck, other] = [held("django", 1, JON), held("django", 1, JON, { kennitala: "0202302989" })];
    reconciler.trouble.unstored = new Set([stuck.memberRef]);
    await Promise.all([
      expect(reconciler.take(stuck)).rejects.toMatchObject({ code: "store_unavailable" }),
      expect(reconciler.take(other)).resolves.toBe("ack"),
    ]);
    expect(reconciler.commands("firestore")).toMatchObject([{ memberRef: other.memberRef }]);
    expect(reconciler.sentTo("member-changes-django")).toEqual([]);
  });

  test("many at once are taken in together, and each is answered for itself", async () => {
    const reconciler = reconcilerUnderTest();
    const people = Array.from({ length: 50 }, (_, index) => `01013${String(index).padStart(2, "0")}989`);
    const verdicts = await Promise.all(people.map((kennitala) => reconciler.take(held("django", 1, JON, { kennitala }))));
    expect(new Set(verdicts)).toEqual(new Set(["ack"]));
    expect(reconciler.commands("firestore")).toHaveLength(50);
    expect(reconciler.sentTo("member-apply-firestore").length).toBeLessThan(5);
  });
});

test("a conflict is announced without the values", async () => {
  const reconciler = reconcilerUnderTest();
  await reconciler.take(held("django", 1, JON));
  await reconciler.take(held("firestore", 10, { ...JON, email: "other@a.is" }));
  expect(reconciler.sentTo("member-conflicts")).toMatchObject([{ attributes: { state: "open", cause: "concurrent" } }]);
  expect(reconciler.sentTo("member-conflicts")[0]?.data).not.toContain("@a.is");
});

test("a contested member that keeps moving is announced once a minute, and each move is stored", async () => {
  const reconciler = reconcilerUnderTest();
  await reconciler.take(held("django", 1, JON));
  for (let move = 0; move < 30; move += 1) {
    reconciler.clock.now += 100;
    await reconciler.take(held("firestore", 10 + move, { ...JON, email: `f${move}@a.is` }));
  }
  expect(reconciler.sentTo("member-conflicts")).toHaveLength(1);
  const [conflict] = (await reconciler.useCases.conflicts({ state: "open" }, null, 5)).items;
  expect(conflict?.firestore.value).toBe("f29@a.is");
  reconciler.clock.now += 60_000;
  await reconciler.take(held("firestore", 50, { ...JON, email: "last@a.is" }));
  expect(reconciler.sentTo("member-conflicts")).toHaveLength(2);
});
