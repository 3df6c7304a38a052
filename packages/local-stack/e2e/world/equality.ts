import { sameValue, toRecord } from "@member-sync/shared/member/field-map.ts";
import { expect } from "vitest";
import type { MemberView } from "./api-shapes.ts";
import { eachOf, eventually } from "./eventually.ts";
import { isAliveDocument } from "./portal-side.ts";
import type { World } from "./world.ts";

/** Waits until both sides and the hub hold the same member, nothing is on its way, and only what waits for a person differs. */
export async function expectEqual(world: World, kennitala: string, withinMs = 20_000): Promise<MemberView> {
  return eventually({ what: "both sides and the hub being equal", withinMs }, async () => {
    const [view, standing, document] = await Promise.all([
      world.api.member(kennitala),
      world.django.standing(kennitala),
      world.portal.document(kennitala),
    ]);
    if (view === undefined) throw new Error("the hub has never heard of the member");
    const problems = problemsOf(world, view, standing, document);
    if (problems.length > 0) throw new Error(problems.join("; "));
    return view;
  });
}

/** The same, and the hub says that the member is in sync, and nobody is asked about them. */
export async function expectInSync(world: World, kennitala: string): Promise<MemberView> {
  await eventually("the member in sync", async () => expect(await world.api.member(kennitala)).toMatchObject({ inSync: true }));
  expect(await world.api.conflicts("open", kennitala)).toEqual([]);
  return expectEqual(world, kennitala);
}

/** Waits until the member's history has an entry like this. */
export async function expectEntry(world: World, kennitala: string, entry: object): Promise<void> {
  await eventually("its entry in the history", async () =>
    expect(await world.api.entries(kennitala)).toContainEqual(expect.objectContaining(entry)),
  );
}

type Standing = Awaited<ReturnType<World["django"]["standing"]>>;
type Document = Awaited<ReturnType<World["portal"]["document"]>>;

/** What is not equal of one member, by the name of the group. */
function problemsOf({ fieldMap }: World, view: MemberView, standing: Standing, document: Document): readonly string[] {
  const problems: string[] = [];
  for (const name of ["django", "firestore"] as const) {
    if (view[name]?.inFlight !== null && view[name] !== null) problems.push(`a command is in flight to ${name}`);
    if (view[name]?.waiting === true) problems.push(`an observation of ${name} waits`);
  }
  if (view.life.parked !== null) return problems;
  const alive = view.life.state === "alive";
  if ((standing?.life === "alive") !== alive) problems.push(`Django's life is not ${view.life.state}`);
  if (isAliveDocument(document) !== alive) problems.push(`the document's life is not ${view.life.state}`);
  if (!alive) return problems;
  const theirs = toRecord(fieldMap, document ?? {});
  for (const group of Object.keys(fieldMap.groups)) {
    const register = view.groups.find((each) => each.group === group);
    if (register?.parked !== undefined && register.parked !== null) continue;
    const [ours, portal] = [standing?.record[group], theirs[group]];
    if (!sameValue(fieldMap, group, ours, portal)) problems.push(`${group} differs between the sides`);
    if (!sameValue(fieldMap, group, ours, asGroup(register?.value))) problems.push(`${group} differs from the hub`);
  }
  return problems;
}

type GroupArgument = Parameters<typeof sameValue>[2];

function asGroup(value: unknown): GroupArgument {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value !== "object") return undefined;
  return Object.fromEntries(Object.entries(value).map(([field, part]) => [field, scalarOf(part)]));
}

function scalarOf(value: unknown): string | number | boolean | null {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

export interface Writes {
  readonly django: number;
  readonly firestore: number;
  readonly edits: number;
  readonly decisions: number;
}

/** The sync's own writes so far, on both sides, and the edits and decisions that people made. */
export async function writesOf(world: World): Promise<Writes> {
  const { django, portal, api } = world;
  return {
    django: await django.syncWrites(),
    firestore: Math.max(0, (await documentEventsOf(world)) - portal.edits()),
    edits: django.edits() + portal.edits(),
    decisions: api.decisions(),
  };
}

/** How many writes documents have seen. The events come a moment after the writes: their number has to stand still. */
async function documentEventsOf({ documentEvents, stack }: World): Promise<number> {
  let last = -1;
  return eventually({ what: "the number of document events standing still", everyMs: 250 }, () => {
    const now = new Set(documentEvents.messages.map(({ attributes }) => attributes["ce-id"])).size;
    const isStill = now === last && stack.pendingEvents() === 0;
    last = now;
    if (!isStill) throw new Error("more events have come");
    return now;
  });
}

/**
 * What must hold when people stop: every member that either side has is equal on both sides and in the hub (but for
 * what waits for a person), nothing is in flight, no dead letter is open, and the sync wrote at most twice per edit.
 */
export async function expectQuiet(world: World, withinMs = 25_000): Promise<Writes> {
  const { api, stack, django, portal } = world;
  await eventually({ what: "nothing being in flight", withinMs, everyMs: 200 }, async () => {
    expect(stack.pendingEvents()).toBe(0);
    expect((await api.status()).backlog).toEqual({ inFlight: 0, waiting: 0, due: 0 });
  });
  await eventually({ what: "hub and both sides being equal for every member", withinMs, everyMs: 300 }, async () => {
    const [standings, documents] = await Promise.all([django.standings(), portal.documents()]);
    const kennitalas = [...new Set([...standings.keys(), ...documents.keys()])].filter((id) => isMember(id));
    const problems = await eachOf(kennitalas, 32, async (kennitala) => {
      const view = await api.member(kennitala);
      if (view === undefined) return ["a member that the hub has never heard of"];
      return problemsOf(world, view, standings.get(kennitala), documents.get(kennitala));
    });
    expect(problems.flat()).toEqual([]);
  });
  expect(await api.deadLetters()).toEqual([]);
  const writes = await writesOf(world);
  expect(writes.django + writes.firestore, `writes of the sync for ${JSON.stringify(writes)}`).toBeLessThanOrEqual(
    2 * (writes.edits + writes.decisions),
  );
  return writes;
}

/** Companies and ids that are no kennitala are nobody's member: what stands under them is refused, with a dead letter. */
function isMember(id: string): boolean {
  return /^[01238-9]\d{9}$/.test(id);
}
