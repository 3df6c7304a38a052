import type { Hub } from "../../core/hub.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backends, type Stores } from "./backends.ts";
import { at, commitOf, refOf, refsOf, sampleConflict, sampleHub, sampleInFlight } from "./sample.ts";

describe.each(backends)("hub store on $name", ({ open }) => {
  let stores: Stores;
  beforeAll(async () => {
    stores = await open();
  });
  afterAll(async () => {
    await stores[Symbol.asyncDispose]();
  });

  async function created(name: string) {
    const hub = sampleHub(refOf(name));
    const [outcome] = await stores.hubs.commit([commitOf(hub, null)]);
    if (outcome?.kind !== "committed") throw new Error("the sample could not be created");
    return { hub, token: outcome.token };
  }

  it("gives back what was committed, with the token that the outcome named", async () => {
    const { hub, token } = await created("round-trip");
    const loaded = await stores.hubs.load([hub.memberRef, refOf("nobody")]);
    expect([...loaded]).toEqual([[hub.memberRef, { hub, token }]]);
  });

  it("gives back all that a hub may tell of a side: what was not read, what is forbidden, another lineage", async () => {
    const sides = {
      firestore: { unread: ["nickname"], map: "Kx_1-", tampered: ["membership.status"], putBacks: 2, heard: ["12"] },
      django: { lineage: "a", restoredAt: at(5), map: "Kx_1-" },
    };
    const hub = sampleHub(refOf("new-shape"));
    const { django, firestore } = hub.sides;
    if (django === undefined || firestore === undefined) throw new Error("the sample has both sides");
    const observation = { revision: "3", life: "alive", record: {}, changedAt: at(1), actor: null, djangoId: 7, writeId: null } as const;
    const told: Hub = {
      ...hub,
      sides: { django: { ...django, ...sides.django }, firestore: { ...firestore, ...sides.firestore } },
      waiting: { django: { observation: { ...observation, lineage: "b" }, firstSeenAt: {}, suspended: true } },
    };
    await stores.hubs.commit([commitOf(told, null)]);
    expect((await stores.hubs.load([told.memberRef])).get(told.memberRef)?.hub).toEqual(told);
  });

  it("keeps nothing of a value that its owner goes on changing", async () => {
    const groups = { email: { side: "hub", actor: null, changedAt: 1, value: "a", ver: 1 } } as const;
    const hub = { ...sampleHub(refOf("aliased")), groups: { ...groups } };
    await stores.hubs.commit([commitOf(hub, null)]);
    Object.assign(hub.groups, { phone: groups.email });
    const loaded = await stores.hubs.load([hub.memberRef]);
    expect(Object.keys(loaded.get(hub.memberRef)?.hub.groups ?? {})).toEqual(["email"]);
  });

  it("replaces a hub whole: what the new one lacks is gone", async () => {
    const { hub, token } = await created("replaced");
    const { email } = hub.groups;
    if (email === undefined) throw new Error("the sample has no e-mail");
    const next = { ...hub, rev: 2, groups: { email }, sides: {} };
    await stores.hubs.commit([commitOf(next, token)]);
    expect((await stores.hubs.load([hub.memberRef])).get(hub.memberRef)?.hub).toEqual(next);
  });

  it("lets exactly one of 50 writers on one token win", async () => {
    const { hub, token } = await created("race");
    const writers = Array.from({ length: 50 }, (_, writer) => ({ ...hub, rev: 2, djangoId: writer }));
    const outcomes = await Promise.all(writers.map((next) => stores.hubs.commit([commitOf(next, token)])));
    const winners = outcomes.flatMap(([outcome], writer) => (outcome?.kind === "committed" ? [writer] : []));
    expect(winners).toHaveLength(1);
    expect((await stores.hubs.load([hub.memberRef])).get(hub.memberRef)?.hub.djangoId).toBe(winners[0]);
    expect((await stores.history.timeline(hub.memberRef, null, 10)).items).toHaveLength(2);
  });

  it("lets exactly one of 50 creators of one member win", async () => {
    const hub = sampleHub(refOf("create-race"));
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, writer) => stores.hubs.commit([commitOf({ ...hub, djangoId: writer }, null)])),
    );
    expect(outcomes.filter(([outcome]) => outcome?.kind === "committed")).toHaveLength(1);
  });

  it("commits 99 of 100 when one is outdated, outcomes in the order of the entries", async () => {
    const hubs = refsOf("grouped", 100).map((memberRef) => sampleHub(memberRef));
    const first = await stores.hubs.commit(hubs.map((hub) => commitOf(hub, null)));
    const tokens = first.map((outcome) => (outcome.kind === "committed" ? outcome.token : "lost"));
    const [ahead, token] = [hubs[41], tokens[41]];
    if (ahead === undefined || token === undefined) throw new Error("the sample is too short");
    await stores.hubs.commit([commitOf({ ...ahead, rev: 2, djangoId: 41 }, token)]);
    const entries = hubs.map((hub, index) => commitOf({ ...hub, rev: 2 }, tokens[index] ?? null));
    const outcomes = await stores.hubs.commit(entries);
    expect(outcomes.flatMap((outcome, index) => (outcome.kind === "outdated" ? [index] : []))).toEqual([41]);
    const stored = await stores.hubs.load(hubs.map((hub) => hub.memberRef));
    expect([...stored.values()].every(({ hub }) => hub.rev === 2)).toBe(true);
    expect(outcomes.map((outcome, index) => (index === 41 ? "ahead" : outcome.kind === "committed" && outcome.token))).toEqual(
      hubs.map((hub, index) => (index === 41 ? "ahead" : stored.get(hub.memberRef)?.token)),
    );
  });

  it("stores the conflicts and history of a commit, and those of an outdated one not", async () => {
    const { hub, token } = await created("atomic");
    await stores.hubs.commit([commitOf({ ...hub, rev: 2 }, token, [sampleConflict(hub.memberRef)])]);
    const late = sampleConflict(hub.memberRef, { id: `${hub.memberRef}-phone-1`, group: "phone" });
    expect(await stores.hubs.commit([commitOf({ ...hub, rev: 3 }, token, [late])])).toEqual([{ kind: "outdated" }]);
    expect(await stores.conflicts.get(`${hub.memberRef}-email-1`)).toEqual(sampleConflict(hub.memberRef));
    expect(await stores.conflicts.get(late.id)).toBeUndefined();
    const timeline = await stores.history.timeline(hub.memberRef, null, 10);
    expect(timeline.items.map(({ id }) => id)).toEqual([`${hub.memberRef}-2`, `${hub.memberRef}-1`]);
  });

  it("doubles nothing when one commit is made twice", async () => {
    const { hub, token } = await created("twice");
    const entry = commitOf({ ...hub, rev: 2 }, token);
    expect(await stores.hubs.commit([entry])).toMatchObject([{ kind: "committed" }]);
    const [again] = await stores.hubs.commit([entry]);
    expect(["committed", "outdated"]).toContain(again?.kind);
    expect((await stores.hubs.load([hub.memberRef])).get(hub.memberRef)?.hub.rev).toBe(2);
    expect((await stores.history.timeline(hub.memberRef, null, 10)).items).toHaveLength(2);
  });

  it("has nothing to do for no entries and no members", async () => {
    expect(await stores.hubs.commit([])).toEqual([]);
    expect((await stores.hubs.load([])).size).toBe(0);
  });

  it("loads more members than one request takes", async () => {
    const hubs = refsOf("many", 650).map((memberRef) => sampleHub(memberRef));
    await stores.hubs.commit(hubs.map((hub) => commitOf(hub, null)));
    expect((await stores.hubs.load(hubs.map((hub) => hub.memberRef))).size).toBe(650);
  });
});

describe.each(backends)("lists of the hub store on $name", ({ open }) => {
  let stores: Stores;
  beforeAll(async () => {
    stores = await open();
  });
  afterAll(async () => {
    await stores[Symbol.asyncDispose]();
  });

  it("names members in flight since before an instant, oldest first, and forgets those answered", async () => {
    const [young, old, middle] = [refOf("young"), refOf("old"), refOf("middle")];
    const emitted = (seconds: number) => ({ out: { django: sampleInFlight({ emittedAt: at(seconds) }) } });
    const entries = [sampleHub(young, emitted(90)), sampleHub(old, emitted(10)), sampleHub(middle, emitted(50))];
    const outcomes = await stores.hubs.commit(entries.map((hub) => commitOf(hub, null)));
    expect(await stores.hubs.inFlightSince(at(60), null, 10)).toEqual({ items: [old, middle], next: null });
    const first = await stores.hubs.inFlightSince(at(60), null, 1);
    expect(first.items).toEqual([old]);
    expect(await stores.hubs.inFlightSince(at(60), first.next, 1)).toEqual({ items: [middle], next: null });
    const token = outcomes[1]?.kind === "committed" ? outcomes[1].token : null;
    await stores.hubs.commit([commitOf(sampleHub(old, { rev: 2 }), token)]);
    expect((await stores.hubs.inFlightSince(at(60), null, 10)).items).toEqual([middle]);
  });

  it("pages the members that wait, and those due, by reference", async () => {
    const refs = refsOf("due", 5);
    const seen = sampleHub("").sides.django;
    if (seen === undefined) throw new Error("the sample has no Django side");
    const hubs = refs.map((memberRef) => sampleHub(memberRef, { sides: { django: { ...seen, seen: {} }, firestore: seen } }));
    await stores.hubs.commit(hubs.map((hub) => commitOf(hub, null)));
    const first = await stores.hubs.due(null, 3);
    const rest = await stores.hubs.due(first.at(-1) ?? null, 3);
    expect([...first, ...rest]).toEqual(refs);
    expect(await stores.hubs.due(refs[4] ?? null, 3)).toEqual([]);
    expect(await stores.hubs.waiting(null, 10)).toEqual([]);
  });

  it("names a member whose observation waits for a flush", async () => {
    const memberRef = refOf("waiting");
    const observation = {
      id: `django:${memberRef}:13`,
      side: "django",
      memberRef,
      kennitala: "0101307789",
      revision: "13",
      life: "alive",
      record: { email: "c@example.is" },
      changedAt: at(3),
      actor: null,
      djangoId: 7,
      writeId: null,
    } as const;
    const hub = sampleHub(memberRef, { waiting: { django: { observation, firstSeenAt: { email: at(3) } } } });
    await stores.hubs.commit([commitOf(hub, null)]);
    expect(await stores.hubs.waiting(null, 10)).toEqual([memberRef]);
    expect((await stores.hubs.load([memberRef])).get(memberRef)?.hub).toEqual(hub);
  });

  it("pages every hub by reference", async () => {
    await using own = await open();
    const refs = refsOf("all", 5);
    expect(await own.hubs.all(null, 3)).toEqual({ hubs: [], unreadable: [], next: null });
    await own.hubs.commit(refs.map((memberRef) => commitOf(sampleHub(memberRef), null)));
    const first = await own.hubs.all(null, 3);
    expect(first.hubs.map(({ memberRef }) => memberRef)).toEqual(refs.slice(0, 3));
    expect(first.next).toBe(refs[2]);
    const rest = await own.hubs.all(first.next, 3);
    expect(rest).toEqual({ hubs: refs.slice(3).map((memberRef) => sampleHub(memberRef)), unreadable: [], next: null });
  });
});
