import { execFile } from "node:child_process";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { FieldValue, type Firestore } from "@google-cloud/firestore";
import { commitOf, refOf, sampleHub, sampleNotice } from "@member-sync/reconciler/adapters/contract/sample.ts";
import { FirestoreHubStore } from "@member-sync/reconciler/adapters/firestore/firestore-hub-store.ts";
import { FirestoreDeadLetterStore } from "@member-sync/reconciler/adapters/firestore/firestore-dead-letter-store.ts";
import { grpcCode, createFirestore, toSyncError } from "@member-sync/shared/firestore/client.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectEqual, writesOf } from "../e2e/world/equality.ts";
import { eventually } from "../e2e/world/eventually.ts";
import { knownMember, readBothSides } from "../e2e/world/scenes.ts";
import { withService } from "../e2e/world/service-process.ts";
import { openWorld, type World } from "../e2e/world/world.ts";
import { exportFirestore } from "../src/emulators/export.ts";
import { PATHS } from "../src/paths.ts";
import { startRefusingServer } from "./world/refusing-server.ts";
import { startTcpProxy, type TcpProxy } from "./world/tcp-proxy.ts";
import { pidOf } from "./world/twin.ts";

const cleanup = new AsyncDisposableStack();
let world: World;
/** A proxy of the test's own, and a client behind it; in a project that nothing else looks at. */
let proxy: TcpProxy;
let client: Firestore;
let direct: Firestore;
let backups: string;

beforeAll(async () => {
  backups = mkdtempSync(join(tmpdir(), "member-sync-backups-"));
  cleanup.defer(() => rmSync(backups, { recursive: true, force: true }));
  world = cleanup.use(await openWorld({ dataDir: backups, proxied: { reconciler: ["firestore"], tracker: ["firestore"] } }));
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

test.each([
  [8, "RESOURCE_EXHAUSTED", "store_unavailable"],
  [7, "PERMISSION_DENIED", "store_refused"],
] as const)(
  "fault 33: Firestore answers %i, %s, to each call for a while: told as %s, not ready, nothing given up, and done when it is over",
  async (status, _name, code) => {
    const [edited, staffs] = [await knownMember(world), await knownMember(world)];
    const letters = await world.bus.tap("member-dead-letters");
    const toldBefore = (await world.logs()).split(code).length;
    await using refusing = await startRefusingServer(status);
    const { reconciler, tracker } = world.stack.addresses;
    const readiness = async () => Promise.all([reconciler, tracker].map(async ({ url }) => (await fetch(`${url}/readyz`)).status));
    for (const proxied of proxies()) {
      proxied.target = refusing.host;
      proxied.reset();
    }
    await world.portal.edit(edited, { "profile.phone": "3300001" });
    await world.django.edit(staffs, { contact_info: { phone: "3300002" } });
    await eventually("failures being told", async () => (await world.logs()).split(code).length >= toldBefore + 2);
    expect(await readiness()).toEqual([503, 503]);
    expect(refusing.calls()).toBeGreaterThan(3);
    for (const proxied of proxies()) {
      proxied.target = world.stack.addresses.firestore.host;
      proxied.reset();
    }
    await eventually("both being ready", async () => expect(await readiness()).toEqual([200, 200]));
    for (const kennitala of [edited, staffs]) await expectEqual(world, kennitala);
    expect(await world.django.shown(edited)).toMatchObject({ contact_info: { phone: "3300001" } });
    expect(await world.portal.document(staffs)).toMatchObject({ profile: { phone: "3300002" } });
    expect(letters.messages).toEqual([]);
  },
);

test("fault 33: a tracker that Firestore refuses from the start ends, and says why", async () => {
  await using refusing = await startRefusingServer(7);
  const environ = await readFile(`/proc/${pidOf(world, "tracker")}/environ`, "utf8");
  const entries = environ.split("\0").map((entry): [string, string] => {
    const at = entry.indexOf("=");
    return [entry.slice(0, at), entry.slice(at + 1)];
  });
  await withService("tracker", { ...Object.fromEntries(entries), FIRESTORE_EMULATOR_HOST: refusing.host }, async ({ output, exitCode }) => {
    await eventually("its end", () => exitCode() !== undefined);
    expect([exitCode(), output()]).toEqual([1, expect.stringContaining("Firestore refuses us")]);
  });
});

test("fault 32: Firestore comes back from an older backup: with the backfills of the sides and of the reconciler no edit of either side is lost, and a person is asked at most", async () => {
  const [staffs, portals, untouched, both] = [
    await knownMember(world),
    await knownMember(world),
    await knownMember(world),
    await knownMember(world),
  ];
  const { firestore, tracker, django } = world.stack.addresses;
  await exportFirestore(firestore.host, firestore.projectId, backups);
  await world.django.edit(staffs, { contact_info: { phone: "3200001" } });
  await world.portal.edit(portals, { "profile.phone": "3200002" });
  const changes = await world.bus.tap("member-changes-firestore");
  const born = await knownMember(world);
  for (const kennitala of [staffs, portals, born]) await expectEqual(world, kennitala);

  const emulator = world.stack.processes.firestore;
  if (emulator === undefined) throw new Error("Firestore is no process of this stack");
  emulator.kill("SIGKILL");
  await emulator.waitForExit();
  await emulator.restart();
  expect(await world.portal.document(staffs)).not.toMatchObject({ profile: { phone: "3200001" } });
  expect(await world.portal.document(portals)).not.toMatchObject({ profile: { phone: "3200002" } });
  expect(await world.portal.document(born)).toBeUndefined();
  // The tracker's messages about `born` are redelivered late. The hubs went back too, so to them `born` is a new member.
  for (const message of changes.messages) await world.bus.publish("member-changes-firestore", message);
  await world.portal.edit(both, { "profile.phone": "3200003" });

  const [command = "", ...args] = django.manage;
  await promisify(execFile)(command, [...args, "member_sync_backfill", "--all"]);
  expect((await fetch(`${tracker.url}/backfill`, { method: "POST" })).status).toBe(200);
  // The tracker's backfill cannot see that the document of `born` is missing: only the reconciler's backfill asks for it.
  await eventually("the late message taken in", async () => expect(await world.api.member(born)).toBeDefined());
  await readBothSides(world);
  await eventually({ what: "all five equal, some by a person's word", withinMs: 40_000, everyMs: 500 }, async () => {
    await decideAll(await world.api.refOf(both));
    expect(await world.portal.document(staffs)).toMatchObject({ profile: { phone: "3200001" } });
    expect(await world.portal.document(portals)).toMatchObject({ profile: { phone: "3200002" } });
    expect(await world.django.shown(both)).toMatchObject({ contact_info: { phone: "3200003" } });
    for (const kennitala of [staffs, portals, untouched, both, born]) await expectEqual(world, kennitala, 0);
  });
  expect(await world.api.conflicts()).toEqual([]);
  expect(await world.api.deadLetters()).toEqual([]);
});

/**
 * The emulator gives a restored document a new time of creation: to the planner it is another document than the one it
 * knew, and a person is asked whether the member was removed, and about what changed on the other side since.
 */
async function decideAll(editedInPortal: string): Promise<void> {
  for (const conflict of await world.api.conflicts()) {
    process.stdout.write(`    a question: ${conflict.group}, ${conflict.cause}\n`);
    const isPortals = conflict.group !== "life" && conflict.memberRef === editedInPortal;
    await world.api.resolve(conflict, { choice: isPortals ? "firestore" : "django" });
  }
}

function proxies(): readonly TcpProxy[] {
  return [world.proxies.reconciler.firestore, world.proxies.tracker.firestore];
}

async function revOf(kennitala: string): Promise<number> {
  const hub = await world.portal.firestore.doc(`sync_members/${await world.api.refOf(kennitala)}`).get();
  return Number(hub.get("rev"));
}
