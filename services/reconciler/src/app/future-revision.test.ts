import { describe, expect, test } from "vitest";
import { held, incoming, landed, reconcilerUnderTest } from "../../test/reconciler-under-test.ts";

const JON = { name: "Jón", email: "jon@a.is", phone: "5551234" };
const { memberRef } = held("django", 1, JON);
const NANOSECONDS = 1_000_000n;
const MINUTE_MS = 60_000;

type UnderTest = ReturnType<typeof reconcilerUnderTest>;

const heldAt = (side: "django" | "firestore", revision: bigint, more: Parameters<typeof held>[3] = {}, record = JON) =>
  held(side, 0, record, { revision: revision.toString(), id: `${side}:${memberRef}:${revision}`, ...more });
const hubIn = async ({ hubs }: UnderTest) => (await hubs.load([memberRef])).get(memberRef)?.hub;
const commitTime = ({ clock }: UnderTest, ahead: number) => BigInt(clock.now + ahead) * NANOSECONDS;

describe.each(["realtime", "scheduled"] as const)("a revision of the future, in %s mode,", (mode) => {
  test("is dead-lettered with its own cause, and freezes nobody", async () => {
    const reconciler = reconcilerUnderTest({ mode });
    await reconciler.take(held("django", 1, JON));
    expect(await reconciler.take(heldAt("django", 99_999_999_999_999_999_999n))).toBe("ack");
    expect(await reconciler.take(heldAt("firestore", 99_999_999_999_999_999_999n))).toBe("ack");
    expect(reconciler.deadLettersSent()).toMatchObject([
      { cause: "future-revision", side: "django", topic: "member-changes-django", memberRef },
      { cause: "future-revision", side: "firestore", topic: "member-changes-firestore", memberRef },
    ]);
    await reconciler.take(held("django", 2, { ...JON, name: "Jón Á" }));
    const hub = await hubIn(reconciler);
    expect((hub?.waiting.django?.observation ?? hub?.sides.django)?.revision).toBe("2");
  });
});

describe("a revision of the future", () => {
  test("of a member never seen makes no hub", async () => {
    const reconciler = reconcilerUnderTest();
    expect(await reconciler.take(heldAt("django", 1_000_000_001n))).toBe("ack");
    expect(await hubIn(reconciler)).toBeUndefined();
    expect(reconciler.deadLettersSent()).toMatchObject([{ cause: "future-revision" }]);
    expect(await reconciler.take(heldAt("django", 1_000_000_000n))).toBe("ack");
    expect((await hubIn(reconciler))?.sides.django?.revision).toBe("1000000000");
  });

  test("of Django is one that is more than 10,000,000 above the last of its member", async () => {
    const reconciler = reconcilerUnderTest();
    await reconciler.take(held("django", 5, JON));
    await reconciler.take(heldAt("django", 10_000_006n, {}, { ...JON, name: "too far" }));
    expect((await hubIn(reconciler))?.sides.django?.revision).toBe("5");
    await reconciler.take(heldAt("django", 10_000_005n, {}, { ...JON, name: "just" }));
    expect((await hubIn(reconciler))?.groups["name"]?.value).toBe("just");
  });

  test("of Firestore is one beyond our clock, its uncertainty and two hours", async () => {
    const reconciler = reconcilerUnderTest();
    const limit = commitTime(reconciler, 120 * MINUTE_MS + 2_000);
    await reconciler.take(heldAt("firestore", limit + 1n));
    expect(await hubIn(reconciler)).toBeUndefined();
    await reconciler.take(heldAt("firestore", limit));
    expect((await hubIn(reconciler))?.sides.firestore?.revision).toBe(limit.toString());
  });

  test("fails no other observation of its message, nor of its member", async () => {
    const reconciler = reconcilerUnderTest();
    const other = held("django", 1, JON, { kennitala: "0202302989" });
    await reconciler.take(held("django", 1, JON), heldAt("django", 99_999_999_999_999_999_999n), other);
    expect(reconciler.commands("firestore").map((command) => command.memberRef)).toEqual([memberRef, other.memberRef]);
    expect(reconciler.deadLettersSent()).toHaveLength(1);
  });

  test("of an answer is dead-lettered, too; its command stays in flight and is re-published", async () => {
    const reconciler = reconcilerUnderTest();
    await reconciler.take(held("django", 1, JON));
    const [command] = reconciler.commands("firestore");
    if (command === undefined) throw new Error("a command was expected");
    const answer = landed(command, 10, JON);
    await reconciler.take({ ...answer, revision: commitTime(reconciler, 240 * MINUTE_MS).toString() });
    expect(reconciler.deadLettersSent()).toMatchObject([{ cause: "future-revision" }]);
    expect((await hubIn(reconciler))?.out.firestore?.writeId).toBe(command.writeId);
    await reconciler.take(answer);
    expect((await hubIn(reconciler))?.out.firestore?.writeId).not.toBe(command.writeId);
  });

  test("that is replayed is dead-lettered again while it is of the future, and taken in once it is not", async () => {
    const reconciler = reconcilerUnderTest();
    const keep = async () => {
      for (const { data, attributes } of reconciler.sentTo("member-dead-letters").slice(-1))
        await reconciler.deadLetters(incoming(data, attributes));
    };
    const replay = async (id: string) => {
      await reconciler.useCases.replay(id, "op");
      const again = reconciler.sentTo("member-changes-firestore").at(-1);
      await reconciler.changes(incoming(again?.data ?? "", again?.attributes));
    };
    await reconciler.take(heldAt("firestore", commitTime(reconciler, 240 * MINUTE_MS)));
    await keep();
    const [letter] = (await reconciler.useCases.deadLetters({ state: "open" }, null, 5)).items;
    if (letter === undefined) throw new Error("a dead letter was expected");
    await replay(letter.id);
    await keep();
    expect(await hubIn(reconciler)).toBeUndefined();
    expect((await reconciler.useCases.deadLetters({ state: "open" }, null, 5)).items).toMatchObject([{ id: letter.id, seen: 2 }]);
    reconciler.clock.now += 240 * MINUTE_MS;
    await replay(letter.id);
    expect((await hubIn(reconciler))?.groups["name"]?.value).toBe("Jón");
    expect((await reconciler.useCases.deadLetters({ state: "open" }, null, 5)).items).toEqual([]);
  });
});
