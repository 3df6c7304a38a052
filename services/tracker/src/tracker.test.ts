import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { describe, expect, test } from "vitest";
import { ANNA, command, delivered } from "../test/rules.ts";
import { PORTAL, trackerUnderTest } from "../test/tracker-under-test.ts";
import type { DocumentChange } from "./app/ports.ts";

test("a create's own event answers once more, an update's is dropped, a later edit is told", async () => {
  const under = trackerUnderTest();
  const outcomes: Promise<string>[] = [];
  under.documents.onChange((change) => outcomes.push(under.tracker.capture(change)));
  await under.tracker.apply(delivered([command({ writeId: "w1", groups: { name: "Anna" } })]));
  await under.tracker.apply(delivered([command({ writeId: "w2", expectRevision: under.anna().revision, groups: { name: "B" } })]));
  under.documents.patch(ANNA, { profile: { name: "C" } }, ["profile.name"], PORTAL);
  under.documents.patch(ANNA, { profile: { name: "C" } }, ["profile.name"], PORTAL);
  under.documents.delete(ANNA, PORTAL);
  expect(await Promise.all(outcomes)).toEqual(["published", "own-write", "published", "no-op", "published"]);
  const told = under.publisher.observations();
  expect(told.map(({ answer, life, actor }) => answer?.status ?? `${life} by ${actor}`)).toEqual([
    "applied",
    "applied",
    "applied",
    "alive by uid1",
    "missing by uid1",
  ]);
  const [first, second] = told.filter(({ answer }) => answer?.writeId === "w1");
  expect(second).toEqual(first); // one observation, told twice: the hub takes it in once
});

describe("an old mark of ours that a member replays on a document that they made anew", () => {
  /** What the member's own create is taken for. */
  async function replayed() {
    const under = trackerUnderTest();
    await under.tracker.apply(delivered([command({ writeId: "w1", groups: { name: "Anna" } })]));
    const copy = structuredClone(under.anna().data);
    under.documents.delete(ANNA, PORTAL);
    const outcomes: Promise<string>[] = [];
    under.documents.onChange((change) => outcomes.push(under.tracker.capture(change)));
    under.documents.patch(ANNA, { ...copy, profile: { kennitala: ANNA, name: "Nanna" } }, undefined, PORTAL);
    return { ...under, outcomes: await Promise.all(outcomes) };
  }

  test("is an edit of theirs, and no answer", async () => {
    const { publisher, outcomes } = await replayed();
    expect(outcomes).toEqual(["published"]);
    const observation = publisher.observations().at(-1);
    expect(observation).toMatchObject({ record: { name: "Nanna" }, actor: "uid1" });
    expect(observation).not.toHaveProperty("answer");
  });
});

test("where events name the writer, nobody else's event passes for ours, and a create costs no read", async () => {
  const account = { authType: "service_account", authId: "tracker@p.iam.gserviceaccount.com" };
  const unasked = async () => Promise.reject(new Error("it need not be asked"));
  const under = trackerUnderTest(() => ({ createdAt: unasked }), [account.authId]);
  const create: DocumentChange[] = [];
  under.documents.onChange((change) => create.push(change));
  await under.tracker.apply(delivered([command({ writeId: "w1", groups: { name: "Anna" } })]));
  const [change] = create;
  if (change === undefined) throw new Error("no event");
  await under.tracker.capture({ ...change, actor: PORTAL });
  await under.tracker.capture({ ...change, actor: account });
  const [, byPortal, byUs] = under.publisher.observations();
  expect(byPortal).toMatchObject({ actor: "uid1" });
  expect(byPortal).not.toHaveProperty("answer");
  expect(byUs).toMatchObject({ answer: { writeId: "w1", status: "applied" } });
});

test("a create whose proof cannot be read is asked for again", async () => {
  const unavailable = async () => Promise.reject(new SyncError("store_unavailable"));
  const under = trackerUnderTest(() => ({ createdAt: unavailable }));
  const outcomes: Promise<string>[] = [];
  under.documents.onChange((change) => outcomes.push(under.tracker.capture(change)));
  await under.tracker.apply(delivered([command({ writeId: "w1", groups: { name: "Anna" } })]));
  await expect(outcomes[0]).rejects.toMatchObject({ code: "store_unavailable" });
});

test("two hundred edits of one member at once go out in one message, in their order", async () => {
  const under = trackerUnderTest();
  const captured: Promise<string>[] = [];
  under.documents.onChange((change) => captured.push(under.tracker.capture(change)));
  for (let edit = 0; edit < 200; edit += 1) under.documents.patch(ANNA, { profile: { name: `Anna ${edit}` } }, undefined, PORTAL);
  await Promise.all(captured);
  expect(under.publisher.messages("member-changes-firestore")).toHaveLength(1);
  const revisions = under.publisher.observations().map(({ revision }) => BigInt(revision));
  expect(revisions).toHaveLength(200);
  expect(revisions.every((revision, at) => at === 0 || revision > (revisions[at - 1] ?? 0n))).toBe(true);
});

test("no log line, metric or message attribute tells who it was (P10)", async () => {
  const under = trackerUnderTest();
  under.documents.onChange((change) => void under.tracker.capture(change));
  under.documents.patch(ANNA, { profile: { name: "Sigurborg", email: "sigurborg@example.is" } }, undefined, PORTAL);
  await under.tracker.apply(
    delivered([command({ writeId: "w1", expectRevision: under.anna().revision, groups: { name: "Dýrfinna", shoe_size: 1 } })]),
  );
  await under.tracker.apply(delivered([{ ...command({ writeId: "w2", groups: { name: "Dýrfinna" } }), memberRef: "a".repeat(20) }]));
  await under.tracker.capture({ kennitala: "4101302989", eventTime: "0", actor: PORTAL });
  await under.tracker.idle();
  const attributes = under.publisher.sent.map(({ message }) => message.attributes);
  const told = [...under.lines, await under.metrics.text(), JSON.stringify(attributes)].join("\n");
  expect(under.lines.length).toBeGreaterThan(2);
  for (const secret of [ANNA, "4101302989", "Sigurborg", "example.is", "Dýrfinna"]) expect(told).not.toContain(secret);
});
