import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectQuiet } from "./world/equality.ts";
import { eachOf, eventually } from "./world/eventually.ts";
import { freshKennitalas } from "./world/people.ts";
import { knownMembers } from "./world/scenes.ts";
import { openWorld, type World } from "./world/world.ts";

const EDITS = 1_000;
const BACKLOG = 10_000;

/** Prints a figure beside the test that measured it. */
function tell(text: string): void {
  process.stdout.write(`    ${text}\n`);
}

describe("Bursts and backlogs", () => {
  let world: World;
  const kennitalas = freshKennitalas(EDITS);
  beforeAll(async () => {
    world = await openWorld();
    await knownMembers(world, kennitalas);
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  test("1,000 edits on each side, at once, drain with nothing lost.", { timeout: 150_000 }, async () => {
    const startedAt = performance.now();
    await Promise.all([
      eachOf(kennitalas, 8, (kennitala, at) => world.django.edit(kennitala, { name: `Runa ${at}` })),
      eachOf(kennitalas, 32, (kennitala, at) => world.portal.edit(kennitala, { "profile.phone": String(5_700_000 + at) })),
    ]);
    const madeAt = performance.now();
    await drained((at) => ({ name: `Runa ${at}`, phone: String(5_700_000 + at) }), 100_000);
    const drainedAt = performance.now();
    tell(`1,000 + 1,000 edits: made in ${seconds(madeAt - startedAt)}, drained ${seconds(drainedAt - madeAt)} after the last`);
    const writes = await expectQuiet(world);
    expect(await world.api.conflicts()).toEqual([]);
    expect(writes.django).toBeLessThanOrEqual(EDITS);
    expect(writes.firestore).toBeLessThanOrEqual(2 * EDITS);
  });

  test("40. A backlog of 1,000 drains in one go.", { timeout: 90_000 }, async () => {
    await world.kill("djangoAdapter");
    await world.django.python(
      `for at, pk in enumerate(Member.objects.order_by('pk').values_list('pk', flat=True)): Member.objects.filter(pk=pk).update(name='Bið %d' % at)`,
      EDITS,
    );
    await world.portal.editAll(kennitalas.map((id, at) => ({ id, paths: { "profile.phone": String(5_800_000 + at) } })));
    const startedAt = performance.now();
    await world.restart("djangoAdapter");
    await drained((at) => ({ name: `Bið ${at}`, phone: String(5_800_000 + at) }), 60_000);
    tell(`a backlog of 1,000 on each side: ${seconds(performance.now() - startedAt)} from the adapter's start`);
    await expectQuiet(world);
  });

  test("40. A backlog of 10,000 drains in one go.", { timeout: 150_000 }, async () => {
    await world.kill("djangoAdapter");
    const added = freshKennitalas(BACKLOG);
    await world.django.python(
      [
        `keys = '${added.join(" ")}'.split()`,
        "with transaction.atomic():",
        "    Member.objects.bulk_create([Member(ssn=key, name='Hópur %s' % key[:6]) for key in keys])",
      ].join("\n"),
      BACKLOG,
    );
    const startedAt = performance.now();
    await world.restart("djangoAdapter");
    await eventually({ what: "all of them in Firestore", withinMs: 120_000, everyMs: 1_000 }, async () => {
      const { count } = (await world.portal.firestore.collection("members").count().get()).data();
      expect(count).toBe(EDITS + BACKLOG);
    });
    const took = performance.now() - startedAt;
    tell(`a backlog of 10,000 new members: ${seconds(took)}, ${Math.round((BACKLOG / took) * 1_000)}/s`);
    await eventually({ what: "nothing being in flight", withinMs: 60_000, everyMs: 500 }, async () =>
      expect((await world.api.status()).backlog).toEqual({ inFlight: 0, waiting: 0, due: 0 }),
    );
    expect(await world.api.deadLetters()).toEqual([]);
    expect(await world.django.call("GET", "api/sync/status/")).toMatchObject({ body: { pending: 0, failed: 0 } });
  });

  async function drained(expected: (at: number) => { readonly name: string; readonly phone: string }, withinMs: number): Promise<void> {
    await eventually({ what: "every edit on both sides", withinMs, everyMs: 500 }, async () => {
      const [standings, documents] = await Promise.all([world.django.standings(), world.portal.documents()]);
      const lacking = kennitalas.filter((kennitala, at) => {
        const wanted = expected(at);
        const row = standings.get(kennitala)?.record;
        const profile: unknown = documents.get(kennitala)?.["profile"];
        const portal = typeof profile === "object" && profile !== null ? { ...profile } : {};
        const isThere = "name" in portal && portal.name === wanted.name && "phone" in portal && portal.phone === wanted.phone;
        return !isThere || row?.["name"] !== wanted.name || row["phone"] !== wanted.phone;
      });
      expect(lacking, "members that lack an edit").toHaveLength(0);
    });
  }
});

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
