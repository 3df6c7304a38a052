import { expect, test } from "vitest";
import { ANNA, command, delivered } from "../../test/rules.ts";
import { PORTAL, trackerUnderTest } from "../../test/tracker-under-test.ts";

const idOf = (n: number) => `010130${String(n).padStart(3, "0")}9`;

test("every member is told once as it stands, and what is no member is skipped", async () => {
  const { tracker, documents, publisher } = trackerUnderTest();
  for (let n = 0; n < 900; n += 1) documents.patch(idOf(n), { profile: { name: `N${n}` } }, undefined, PORTAL);
  documents.patch("4101302989", { profile: { name: "ehf." } }, undefined, PORTAL);
  expect(await tracker.backfill()).toEqual({ published: 900, skipped: 1 });
  const observations = publisher.observations();
  expect(new Set(observations.map(({ kennitala }) => kennitala)).size).toBe(900);
  expect(observations[0]).toMatchObject({ life: "alive", revision: documents.get(idOf(0))?.revision, actor: null });
});

test("a document that we created just now is told too, under the same identity as its answer", async () => {
  const { tracker, publisher } = trackerUnderTest();
  await tracker.apply(delivered([command({ writeId: "w1", groups: { name: "Anna" } })]));
  expect(await tracker.backfill()).toEqual({ published: 1, skipped: 0 });
  const [answer, standing] = publisher.observations();
  expect(standing).toMatchObject({ kennitala: ANNA, id: answer?.id, writeId: "w1" });
  expect(standing).not.toHaveProperty("answer");
});

test("two at once are one, and a failure is told to both", async () => {
  const { tracker, documents, publisher } = trackerUnderTest();
  documents.patch(ANNA, { profile: { name: "Anna" } }, undefined, PORTAL);
  publisher.isDown = true;
  const failed = await Promise.allSettled([tracker.backfill(), tracker.backfill()]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  publisher.isDown = false;
  await Promise.all([tracker.backfill(), tracker.backfill()]);
  expect(publisher.observations()).toHaveLength(1);
});
