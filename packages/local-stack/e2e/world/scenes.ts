import { expect } from "vitest";
import type { ConflictView } from "./api-shapes.ts";
import { expectEqual } from "./equality.ts";
import { eventually } from "./eventually.ts";
import { freshKennitala, person, type Person } from "./people.ts";
import type { World } from "./world.ts";

/** A new member that both sides have. */
export async function knownMember(world: World, changes: Partial<Person> = {}): Promise<string> {
  const kennitala = freshKennitala();
  await world.django.create(kennitala, person(kennitala, changes));
  await expectEqual(world, kennitala);
  return kennitala;
}

/** As many of them, created together. */
export async function knownMembers(world: World, kennitalas: readonly string[], withinMs = 60_000): Promise<void> {
  await world.django.createAll(kennitalas.map((kennitala) => ({ kennitala, member: person(kennitala) })));
  await eventually({ what: "all members on both sides", withinMs, everyMs: 250 }, async () => {
    const documents = await world.portal.documents();
    expect(kennitalas.filter((kennitala) => !documents.has(kennitala))).toHaveLength(0);
    expect((await world.api.status()).backlog).toEqual({ inFlight: 0, waiting: 0, due: 0 });
  });
}

/** Lets people edit while no command may go out, so that nobody has seen the other's edit; then everything flows again. */
export async function unseenByEachOther(world: World, kennitala: string, edits: () => Promise<void>): Promise<void> {
  const before = revisionsOf(await world.api.member(kennitala));
  await world.api.control({ paused: true });
  try {
    await edits();
    await eventually("both edits being taken in", async () => {
      const now = revisionsOf(await world.api.member(kennitala));
      expect(now.django).not.toBe(before.django);
      expect(now.firestore).not.toBe(before.firestore);
    });
  } finally {
    await world.api.control({ paused: false });
  }
}

/** Waits until Django's own site shows the member so. */
export async function expectShown(world: World, kennitala: string, part: object): Promise<void> {
  await eventually("it in Django", async () => expect(await world.django.shown(kennitala)).toMatchObject(part));
}

/** Asks both sides what they hold of every member, as the guides say. */
export async function readBothSides(world: World): Promise<void> {
  expect((await world.api.call("POST", "/backfill")).status).toBe(200);
}

/** The one open conflict of a member. */
export async function onlyConflict(world: World, kennitala: string): Promise<ConflictView> {
  return eventually("an open conflict", async () => {
    const open = await world.api.conflicts("open", kennitala);
    expect(open).toHaveLength(1);
    const [conflict] = open;
    if (conflict === undefined) throw new Error("no conflict is open");
    return conflict;
  });
}

function revisionsOf(view: Awaited<ReturnType<World["api"]["member"]>>) {
  return { django: view?.django?.revision, firestore: view?.firestore?.revision };
}
