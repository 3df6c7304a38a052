import { deadLetterMessage, noticeOfItem } from "@member-sync/shared/bus/dead-letters.ts";
import { describe, expect, test } from "vitest";
import { held, incoming, landed, reconcilerUnderTest } from "../../test/reconciler-under-test.ts";

const JON = { name: "Jón", email: "jon@a.is", phone: "5551234" };

async function contested() {
  const reconciler = reconcilerUnderTest();
  await reconciler.take(held("django", 1, JON));
  await reconciler.take(held("firestore", 10, { ...JON, email: "other@a.is" }));
  const [conflict] = (await reconciler.useCases.conflicts({ state: "open" }, null, 5)).items;
  if (conflict === undefined) throw new Error("a conflict was expected");
  return { reconciler, conflict };
}

describe("a decision", () => {
  test("reaches the other side, and the conflict is closed", async () => {
    const { reconciler, conflict } = await contested();
    const outcome = await reconciler.useCases.decide(conflict.id, { choice: "django", expected: conflict.expected }, "admin-1");
    expect(outcome).toMatchObject({ kind: "decided", conflict: { state: "decided", decision: { value: "jon@a.is", actor: "admin-1" } } });
    expect(reconciler.commands("firestore").at(-1)).toMatchObject({ groups: { email: "jon@a.is" } });
  });

  test("that the store does not take is not reported as done: the conflict stays open, and nothing is sent (P7)", async () => {
    const { reconciler, conflict } = await contested();
    const sent = reconciler.sent.length;
    reconciler.trouble.unstored = new Set([conflict.memberRef]);
    const request = { choice: "django", expected: conflict.expected } as const;
    const outcome = await reconciler.useCases.decide(conflict.id, request, "admin-1").catch((error: unknown) => error);
    expect(outcome).not.toMatchObject({ kind: "decided" });
    expect(reconciler.sent).toHaveLength(sent);
    reconciler.trouble.unstored = new Set();
    expect((await reconciler.useCases.conflicts({ state: "open" }, null, 5)).items).toMatchObject([{ id: conflict.id }]);
    expect(await reconciler.useCases.decide(conflict.id, request, "admin-1")).toMatchObject({ kind: "decided" });
  });

  test("that loses a race with another writer of the hub is made again on what stands then, or refused, and never called done (P7)", async () => {
    const { reconciler, conflict } = await contested();
    reconciler.trouble.overtaken = 1;
    const outcome = await reconciler.useCases.decide(conflict.id, { choice: "django", expected: conflict.expected }, "admin-1");
    expect(outcome).toMatchObject({ kind: "decided" });
    expect((await reconciler.useCases.conflicts({ state: "open" }, null, 5)).items).toEqual([]);
    const again = await contested();
    const sentBefore = again.reconciler.commands("firestore").length;
    again.reconciler.trouble.overtaken = 99;
    expect(
      await again.reconciler.useCases.decide(again.conflict.id, { choice: "django", expected: again.conflict.expected }, "admin-1"),
    ).toMatchObject({ kind: "outdated" });
    expect(again.reconciler.commands("firestore")).toHaveLength(sentBefore);
  });

  test("is held to the rules of the field, refused on outdated values, and unknown for no conflict", async () => {
    const { reconciler, conflict } = await contested();
    const { decide } = reconciler.useCases;
    expect(await decide(conflict.id, { choice: "custom", value: ["a"], expected: conflict.expected }, null)).toMatchObject({
      kind: "invalid",
    });
    expect(await decide(conflict.id, { choice: "custom", expected: conflict.expected }, null)).toMatchObject({ kind: "invalid" });
    await reconciler.take(held("firestore", 11, { ...JON, email: "third@a.is" }));
    expect(await decide(conflict.id, { choice: "django", expected: conflict.expected }, null)).toMatchObject({
      kind: "outdated",
      conflict: { firestore: { value: "third@a.is" } },
    });
    expect(await decide("none", { choice: "django", expected: "" }, null)).toEqual({ kind: "unknown" });
  });
});

test("a decision for a side that has no such member changes nothing, and says so", async () => {
  const { reconciler, conflict } = await contested();
  await reconciler.take(held("firestore", 11, {}, { life: "missing" }));
  const [open] = (await reconciler.useCases.conflicts({ state: "open" }, null, 5)).items.filter(({ id }) => id === conflict.id);
  const expected = open?.expected ?? conflict.expected;
  const outcome = await reconciler.useCases.decide(conflict.id, { choice: "firestore", expected }, "admin-1");
  expect(outcome).toMatchObject({ kind: "nobody-there", conflict: { state: "open" } });
  expect(await reconciler.useCases.conflict(conflict.id)).toMatchObject({ state: "open" });
});

describe("pause and direction", () => {
  test("hold commands back and let them go", async () => {
    const reconciler = reconcilerUnderTest();
    await reconciler.useCases.control({ paused: true, reason: "maintenance" });
    await reconciler.take(held("django", 1, JON));
    expect(reconciler.commands("firestore")).toEqual([]);
    await reconciler.useCases.control({ paused: false });
    await expect.poll(() => reconciler.commands("firestore")).toMatchObject([{ groups: JON }]);
  });

  test("keep their reason until all is open again", async () => {
    const { useCases } = reconcilerUnderTest();
    await useCases.control({ paused: true, reason: "maintenance" });
    expect(await useCases.control({ direction: "to-django" })).toMatchObject({ reason: "maintenance" });
    expect(await useCases.control({ paused: false })).toMatchObject({ reason: "maintenance" });
    expect(await useCases.control({ direction: "both" })).toMatchObject({ paused: false, reason: null });
  });
});

describe("a dead letter", () => {
  const observation = held("django", 1, JON);
  const notice = noticeOfItem("member-change.v1", observation, {
    cause: "wrong-member",
    reason: "keys differed",
    origin: "reconciler",
    topic: "member-changes-django",
    at: 1,
  });

  test("is kept once however often it comes, and replayed as it was", async () => {
    const reconciler = reconcilerUnderTest();
    const message = deadLetterMessage(notice);
    for (let copy = 0; copy < 2; copy += 1) await reconciler.deadLetters(incoming(message.data, message.attributes));
    const { items } = await reconciler.useCases.deadLetters({ state: "open" }, null, 5);
    expect(items).toMatchObject([{ cause: "wrong-member", seen: 2 }]);
    expect(await reconciler.useCases.replay(notice.id, "op")).toMatchObject({ kind: "done", letter: { state: "replayed" } });
    const [again] = reconciler.sentTo("member-changes-django");
    expect(await reconciler.changes(incoming(again?.data ?? "", again?.attributes))).toBe("ack");
    expect(reconciler.commands("firestore")).toHaveLength(1);
    expect(await reconciler.useCases.replay(notice.id, "op")).toMatchObject({ kind: "closed" });
  });

  test("is discarded with a reason", async () => {
    const reconciler = reconcilerUnderTest();
    const message = deadLetterMessage(notice);
    await reconciler.deadLetters(incoming(message.data, message.attributes));
    expect(await reconciler.useCases.discard(notice.id, "a test", "op")).toMatchObject({
      kind: "done",
      letter: { resolution: { reason: "a test" } },
    });
    expect(await reconciler.useCases.discard("none", "a test", "op")).toEqual({ kind: "unknown" });
  });

  test("from the broker, whose attempts were spent, knows where it came from", async () => {
    const reconciler = reconcilerUnderTest();
    await reconciler.deadLetters(incoming("{}", { side: "firestore", CloudPubSubDeadLetterSourceSubscription: "tracker-apply" }));
    const { items } = await reconciler.useCases.deadLetters({ state: "open" }, null, 5);
    expect(items).toMatchObject([{ cause: "exhausted", topic: "member-apply-firestore", origin: "tracker-apply", side: "firestore" }]);
  });

  test("that nobody can read is kept all the same", async () => {
    const reconciler = reconcilerUnderTest();
    expect(await reconciler.deadLetters(incoming("\u0001 not JSON"))).toBe("ack");
    expect((await reconciler.useCases.deadLetters({ state: "open" }, null, 5)).items).toMatchObject([{ cause: "malformed" }]);
  });

  test("many are replayed as one run", async () => {
    const reconciler = reconcilerUnderTest();
    const message = deadLetterMessage(notice);
    await reconciler.deadLetters(incoming(message.data, message.attributes));
    expect(await reconciler.useCases.replayMany({}, 1_000, "op")).toMatchObject({ kind: "started" });
    await expect.poll(async () => (await reconciler.useCases.runs(null, 5)).items).toMatchObject([{ type: "replay", status: "success" }]);
    expect(reconciler.sentTo("member-changes-django")).toHaveLength(1);
  });
});

describe("the sweep", () => {
  test("sends again with the same write id, ever more rarely, and stops at the answer", async () => {
    const reconciler = reconcilerUnderTest();
    await reconciler.take(held("django", 1, JON));
    const counts: number[] = [];
    for (let seconds = 0; seconds < 600; seconds += 10) {
      reconciler.clock.now += 10_000;
      counts.push((await reconciler.useCases.sweep()).resent);
    }
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5);
    const commands = reconciler.commands("firestore");
    expect(new Set(commands.map(({ writeId }) => writeId)).size).toBe(1);
    const [command] = commands;
    if (command === undefined) throw new Error("a command was expected");
    await reconciler.take(landed(command, 10, JON));
    reconciler.clock.now += 3_600_000;
    expect(await reconciler.useCases.sweep()).toEqual({ resent: 0, released: 0 });
  });
});

describe("the sweep of a paused sync", () => {
  test("re-publishes nothing that is in flight, and emits nothing that is due, until the pause ends", async () => {
    const reconciler = reconcilerUnderTest();
    await reconciler.take(held("django", 1, JON));
    await reconciler.useCases.control({ paused: true, reason: "maintenance" });
    await reconciler.take(held("django", 1, JON, { kennitala: "0202302989" }));
    reconciler.clock.now += 31_000;
    expect(await reconciler.useCases.sweep()).toEqual({ resent: 0, released: 0 });
    expect(reconciler.commands("firestore")).toHaveLength(1);
    await reconciler.useCases.control({ paused: false });
    await expect.poll(() => new Set(reconciler.commands("firestore").map(({ memberRef }) => memberRef)).size).toBe(2);
  });

  test("of a closed direction is that direction's only", async () => {
    const reconciler = reconcilerUnderTest();
    await reconciler.take(held("django", 1, JON), held("django", 1, JON, { kennitala: "0202302989" }));
    await reconciler.useCases.control({ direction: "to-django", reason: "maintenance" });
    reconciler.clock.now += 31_000;
    expect((await reconciler.useCases.sweep()).resent).toBe(0);
    await reconciler.useCases.control({ direction: "to-firestore", reason: "maintenance" });
    reconciler.clock.now += 31_000;
    expect((await reconciler.useCases.sweep()).resent).toBe(2);
  });
});

test("a member is in sync once both sides have answered, and says since when", async () => {
  const reconciler = reconcilerUnderTest();
  await reconciler.take(held("django", 1, JON));
  const { memberRef } = held("django", 1, JON);
  expect(await reconciler.useCases.member(memberRef)).toMatchObject({ inSync: false, inSyncSince: null });
  const [command] = reconciler.commands("firestore");
  if (command === undefined) throw new Error("a command was expected");
  await reconciler.take(landed(command, 10, JON));
  expect(await reconciler.useCases.member(memberRef)).toMatchObject({ inSync: true, inSyncSince: reconciler.clock.now });
  expect(await reconciler.useCases.lookup("010130-2989")).toEqual({ kind: "found", memberRef });
  expect(await reconciler.useCases.lookup("not one")).toMatchObject({ kind: "invalid" });
});
