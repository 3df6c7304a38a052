import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectQuiet } from "./world/equality.ts";
import { eachOf, eventually } from "./world/eventually.ts";
import { freshKennitalas } from "./world/people.ts";
import { knownMembers } from "./world/scenes.ts";
import { openWorld, type Part, type World } from "./world/world.ts";

const MEMBERS = 100;
const RECOVERY_MS = 90_000;

describe("36. Killed between any two steps: restart converges.", () => {
  let world: World;
  const kennitalas = freshKennitalas(MEMBERS);
  beforeAll(async () => {
    world = await openWorld();
    await knownMembers(world, kennitalas);
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const cases: readonly (readonly Part[])[] = [["tracker"], ["djangoAdapter"], ["reconciler"], ["tracker", "djangoAdapter", "reconciler"]];
  test.each(cases.map((parts, round) => ({ parts, names: parts.join(", "), round })))(
    "36. kill -9 of $names in the middle of 200 changes: nothing is lost.",
    { timeout: RECOVERY_MS + 60_000 },
    async ({ parts, round }) => {
      let made = 0;
      const editing = Promise.all([
        eachOf(kennitalas, 4, async (kennitala, at) => {
          await world.django.edit(kennitala, { name: `Nafn ${round} ${at}` });
          made += 1;
        }),
        eachOf(kennitalas, 4, async (kennitala, at) => {
          await world.portal.edit(kennitala, { "profile.phone": phoneOf(round, at) });
          made += 1;
        }),
      ]);
      await eventually({ what: "half of the changes", everyMs: 2 }, () => made >= MEMBERS);
      await Promise.all(parts.map((part) => world.kill(part)));
      expect(made, "changes made when it died").toBeLessThan(2 * MEMBERS);
      await editing;
      await Promise.all(parts.map((part) => world.restart(part)));
      await eventually({ what: "every change on both sides", withinMs: RECOVERY_MS, everyMs: 500 }, async () => {
        const [standings, documents] = await Promise.all([world.django.standings(), world.portal.documents()]);
        const wrong = kennitalas.filter((kennitala, at) => {
          const [name, phone] = [`Nafn ${round} ${at}`, phoneOf(round, at)];
          const row = standings.get(kennitala)?.record;
          const profile: unknown = documents.get(kennitala)?.["profile"];
          const portal = typeof profile === "object" && profile !== null ? { ...profile } : {};
          const isThere = "name" in portal && portal.name === name && "phone" in portal && portal.phone === phone;
          return !isThere || row?.["name"] !== name || row["phone"] !== phone;
        });
        expect(wrong, "members that lack a change").toHaveLength(0);
      });
      const writes = await expectQuiet(world, RECOVERY_MS);
      expect(await world.api.conflicts()).toEqual([]);
      expect(writes.edits).toBe(MEMBERS + (round + 1) * 2 * MEMBERS);
      expect(writes.django + writes.firestore, `at most one write per edit: ${JSON.stringify(writes)}`).toBeLessThanOrEqual(writes.edits);
    },
  );
});

function phoneOf(round: number, at: number): string {
  return String(5_600_000 + round * 1_000 + at);
}
