import { readFile } from "node:fs/promises";
import { globSync } from "node:fs";
import { join } from "node:path";
import { FieldValue, type Firestore } from "@google-cloud/firestore";
import { commitOf, refOf, sampleHub, sampleNotice } from "@member-sync/reconciler/adapters/contract/sample.ts";
import { FirestoreHubStore } from "@member-sync/reconciler/adapters/firestore/firestore-hub-store.ts";
import { FirestoreDeadLetterStore } from "@member-sync/reconciler/adapters/firestore/firestore-dead-letter-store.ts";
import { grpcCode, createFirestore, toSyncError } from "@member-sync/shared/firestore/client.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectEqual, writesOf } from "../e2e/world/equality.ts";
import { eventually } from "../e2e/world/eventually.ts";
import { knownMember } from "../e2e/world/scenes.ts";
import { openWorld, type World } from "../e2e/world/world.ts";
import { PATHS } from "../src/paths.ts";
import { startTcpProxy, type TcpProxy } from "./world/tcp-proxy.ts";

const cleanup = new AsyncDisposableStack();
let world: World;
/** A proxy of the test's own, and a client behind it; in a project that nothing else looks at. */
let proxy: TcpProxy;
let client: Firestore;
let direct: Firestore;

beforeAll(async () => {
  world = cleanup.use(await openWorld({ proxied: { reconciler: ["firestore"], tracker: ["firestore"] } }));
  const { host } = world.stack.addresses.firestore;
  proxy = cleanup.use(await startTcpProxy(host));
  client = createFirestore({ projectId: "lost-answers", emulatorHost: proxy.host });
  direct = createFirestore({ projectId: "lost-answers", emulatorHost: host });
  cleanup.defer(async () => void (await Promise.all([client.terminate(), direct.terminate()])));
});
afterAll(() => cleanup.disposeAsync());

test("fault 25: an increment whose answer is lost counts twice and is told as done; so no service writes by increment", async () => {
  const counter = client.doc("counters/increment-25");
  await counter.set({ n: 0 });
  const cut = proxy.cutAnswerOf("increment-25");
  await counter.update({ n: FieldValue.increment(1) });
  expect([cut.met(), (await direct.doc(counter.path).get()).get("n")]).toEqual([1, 2]);
  const sources = globSync(["services/*/src/**/*.ts", "packages/shared/src/**/*.ts"], { cwd: PATHS.root });
  expect(sources.length).toBeGreaterThan(100);
  const blind = sources.map(async (file) => /increment\(|array(?:Union|Remove)\(/.test(await readFile(join(PATHS.root, file), "utf8")));
  expect(await Promise.all(blind)).not.toContain(true);
});

test("fault 25: a create whose answer is lost is told as ALREADY_EXISTS although it stands", async () => {
  const cut = proxy.cutAnswerOf("create-25");
  await expect(client.doc("documents/create-25").create({ by: "us" })).rejects.toMatchObject({ code: 6 });
  expect([cut.met(), (await direct.doc("documents/create-25").get()).get("by")]).toEqual([1, "us"]);
});

test("fault 25: a transaction whose answer is lost is told as code 3 although it stands once; for us that is trouble that may pass", async () => {
  const document = client.doc("documents/transaction-25");
  await document.set({ n: 0 });
  const cut = proxy.cutAnswerOf("written-by-transaction-25");
  let code: number | undefined;
  const commit = client.runTransaction(async (transaction) => {
    const n = Number((await transaction.get(document)).get("n"));
    transaction.set(document, { n: n + 1, by: "written-by-transaction-25" });
  });
  await commit.catch((error: unknown) => {
    code = grpcCode(error);
    expect(toSyncError(error)).toMatchObject({ code: "store_unavailable", disposition: "retry" });
  });
  expect([cut.met(), code, (await direct.doc(document.path).get()).get("n")]).toEqual([1, 3, 1]);
});

test.each([
  ["a first hub", 1, false],
  ["an update of a hub", 1, true],
  ["thirty hubs at once", 30, false],
] as const)("fault 25: the answer to %s is lost: it counts as committed, with the token that it has", async (name, count, isKnown) => {
  const store = new FirestoreHubStore(client);
  const hubs = Array.from({ length: count }, (_, at) => sampleHub(refOf(`${name} ${at}`)));
  const before = isKnown ? await new FirestoreHubStore(direct).commit(hubs.map((hub) => commitOf(hub, null))) : [];
  const cut = proxy.cutAnswerOf(refOf(`${name} 0`));
  const outcomes = await store.commit(
    hubs.map((hub, at) => commitOf({ ...hub, rev: 2 }, before[at]?.kind === "committed" ? before[at].token : null)),
  );
  const stored = await store.load(hubs.map(({ memberRef }) => memberRef));
  expect(cut.met()).toBe(1);
  expect(outcomes).toEqual(hubs.map(({ memberRef }) => ({ kind: "committed", token: stored.get(memberRef)?.token })));
});

test("fault 25: the answer to a dead letter's write is lost: it is there once, seen once", async () => {
  const letter = sampleNotice("dead-letter-25");
  const cut = proxy.cutAnswerOf("why-25");
  await new FirestoreDeadLetterStore(client).put([{ ...letter, reason: "why-25" }], 1);
  expect(cut.met()).toBe(1);
  expect(await new FirestoreDeadLetterStore(direct).get(letter.id)).toMatchObject({ seen: 1, state: "open" });
});

test("fault 25: the reconciler's commit of a portal edit stands, and its answer is lost: taken in once, sent once, written once", async () => {
  const kennitala = await knownMember(world);
  const [before, rev] = [await writesOf(world), await revOf(kennitala)];
  const cut = world.proxies.reconciler.firestore.cutAnswerOf("2500001");
  await world.portal.edit(kennitala, { "profile.phone": "2500001" });
  await eventually("the edit in Django", async () => expect((await world.django.shown(kennitala))?.contact_info.phone).toBe("2500001"));
  await expectEqual(world, kennitala);
  const told = (await world.api.entries(kennitala)).filter(({ value }) => value === "2500001");
  expect(told.map(({ group, outcome }) => [group, outcome])).toEqual([["phone", "accepted"]]);
  expect([cut.met(), (await writesOf(world)).django - before.django]).toEqual([1, 1]);
  // One commit takes the edit in, one its answer.
  expect((await revOf(kennitala)) - rev).toBe(2);
});

test.each([1, 3])("fault 25: the tracker's commit stands, and %i answers are lost: the document is written once", async (times) => {
  const kennitala = await knownMember(world);
  const before = await writesOf(world);
  const phone = `250001${times}`;
  const cut = world.proxies.tracker.firestore.cutAnswerOf(phone, times);
  await world.django.edit(kennitala, { contact_info: { phone } });
  await eventually("the edit in the portal", async () =>
    expect(await world.portal.document(kennitala)).toMatchObject({ profile: { phone } }),
  );
  await expectEqual(world, kennitala);
  expect(cut.met()).toBeGreaterThanOrEqual(1);
  expect((await writesOf(world)).firestore - before.firestore).toBe(1);
  expect(await world.api.deadLetters()).toEqual([]);
});

async function revOf(kennitala: string): Promise<number> {
  const hub = await world.portal.firestore.doc(`sync_members/${await world.api.refOf(kennitala)}`).get();
  return Number(hub.get("hub.rev"));
}
