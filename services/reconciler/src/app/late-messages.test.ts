import { expect, test } from "vitest";
import { held, landed, messageOf, reconcilerUnderTest } from "../../test/reconciler-under-test.ts";

const WEEK = 7 * 24 * 3_600_000;
const JON = { name: "Jón", email: "jon@a.is", phone: "5551234" };

test("fault 39: messages of seven days ago, brought again: stale versions are ignored, edits, answers and refusals alike", async () => {
  const reconciler = reconcilerUnderTest();
  const old = [messageOf([held("django", 1, JON)])];
  await reconciler.changes(old[0] ?? messageOf([]));
  const [create] = reconciler.commands("firestore");
  if (create === undefined) throw new Error("a create was expected");
  old.push(messageOf([landed(create, 10, JON)]));
  old.push(messageOf([held("firestore", 11, { ...JON, phone: "5550001" })]));
  for (const message of old.slice(1)) await reconciler.changes(message);
  const [edit] = reconciler.commands("django");
  if (edit === undefined) throw new Error("an edit was expected");
  old.push(messageOf([landed(edit, 2, { ...JON, phone: "5550001" })]));
  old.push(messageOf([held("firestore", 9, {}, { answer: { writeId: create.writeId, status: "rejected" } })]));
  await reconciler.changes(old[3] ?? messageOf([]));

  reconciler.clock.now += WEEK;
  await reconciler.take(held("django", 3, { ...JON, phone: "5559999" }, { changedAt: reconciler.clock.now }));
  const { memberRef } = held("django", 3, {});
  const [before, sent] = [(await reconciler.hubs.load([memberRef])).get(memberRef)?.hub, reconciler.sent.length];
  for (const message of old.toReversed()) expect(await reconciler.changes(message)).toBe("ack");
  expect((await reconciler.hubs.load([memberRef])).get(memberRef)?.hub).toEqual(before);
  expect(reconciler.sent).toHaveLength(sent);
});
