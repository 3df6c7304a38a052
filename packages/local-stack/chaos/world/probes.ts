import { expect } from "vitest";
import { eventually } from "../../e2e/world/eventually.ts";
import { freshKennitalas } from "../../e2e/world/people.ts";
import { knownMembers } from "../../e2e/world/scenes.ts";
import type { World } from "../../e2e/world/world.ts";

/** Edits that cross one after another, each on a member of its own, three in each direction. */
export interface Probes extends AsyncDisposable {
  /** Waits for those under way, and tells how long each took to stand on the other side, in milliseconds. */
  stop(): Promise<readonly number[]>;
}

const CROSS_MS = 60_000;
const EACH_WAY = 3;

export async function startProbes(world: World): Promise<Probes> {
  const crossings: number[] = [];
  let isOver = false;

  async function probe(edit: (round: number) => Promise<void>, hasCrossed: (round: number) => Promise<void>): Promise<void> {
    for (let round = 0; !isOver; round += 1) {
      const startedAt = performance.now();
      await edit(round);
      await eventually({ what: "the edit on the other side", withinMs: CROSS_MS, everyMs: 20 }, () => hasCrossed(round));
      crossings.push(Math.round(performance.now() - startedAt));
    }
  }
  const phoneOf = (round: number) => String(5_100_000 + round);
  const fromPortal = (kennitala: string) =>
    probe(
      (round) => world.portal.edit(kennitala, { "profile.phone": phoneOf(round) }),
      async (round) => expect((await world.django.shown(kennitala))?.contact_info.phone).toBe(phoneOf(round)),
    );
  const fromDjango = (kennitala: string) =>
    probe(
      (round) => world.django.edit(kennitala, { name: `Mæling ${round}` }),
      async (round) => expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: `Mæling ${round}` } }),
    );
  const members = freshKennitalas(2 * EACH_WAY);
  await knownMembers(world, members);
  const probing = Promise.all(members.map((kennitala, at) => (at < EACH_WAY ? fromPortal(kennitala) : fromDjango(kennitala))));
  const stop = async () => {
    isOver = true;
    await probing;
    return crossings;
  };
  return {
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}
