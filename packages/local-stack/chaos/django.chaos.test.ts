import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { mostAtOnce, type Fault } from "../e2e/world/django-faults.ts";
import type { DjangoProxy } from "../e2e/world/django-proxy.ts";
import { expectEqual } from "../e2e/world/equality.ts";
import { eventually } from "../e2e/world/eventually.ts";
import { freshKennitalas } from "../e2e/world/people.ts";
import { knownMember, knownMembers } from "../e2e/world/scenes.ts";
import { openWorld, type World } from "../e2e/world/world.ts";
import { expectBalanced } from "./world/balance.ts";
import { changesIn, editTogether, onlyChanges, withFailures } from "./world/django-answers.ts";
import { metricOf } from "./world/metric.ts";
import { anySeed, tapeOf } from "./world/tape.ts";
import { startWorkload } from "./world/workload.ts";

const APPLY = "api/sync/apply/";
const outbox = z.object({ pending: z.number() });

/** Django as django-adapter meets it: real, behind a proxy that fails as it is told. */
describe("Django, broken", () => {
  let world: World;
  let proxy: DjangoProxy;
  beforeAll(async () => {
    world = await openWorld();
    proxy = await world.withProxy();
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const adapterUrl = () => world.stack.addresses.djangoAdapter.url;
  const readiness = async () => (await fetch(`${adapterUrl()}/readyz`)).status;

  /** People edit on both sides while `faults` befall the adapter's requests; then all of it is accounted for, with no dead letter. */
  async function survives(
    seed: number,
    faults: readonly Fault[],
    isEnough: (met: number) => boolean = () => true,
    edits = 40,
  ): Promise<number> {
    await using workload = await startWorkload(world, { seed, members: 8 });
    const met = faults.map((fault) => proxy.next(fault));
    const timesMet = () => met.reduce((sum, each) => sum + each.met(), 0);
    await workload.made(edits);
    for (let more = 0; more < 10 && !isEnough(timesMet()); more += 1) await workload.made(20);
    for (const each of met) each.end();
    await expectBalanced(world, workload);
    expect(await world.api.deadLetters()).toEqual([]);
    return timesMet();
  }

  test("fault 47: 200, but Django applied only every second of ten and says nothing of the others: those go again, one by one, and arrive", async () => {
    const kennitalas = freshKennitalas(10);
    await knownMembers(world, kennitalas);
    const seen = proxy.requests(APPLY).length;
    proxy.next({
      path: APPLY,
      times: 1,
      when: ({ body }) => changesIn(body).length === 10,
      kind: "changed",
      request: (body) => onlyChanges(body, (_, index) => index % 2 === 0),
    });
    await editTogether(
      world,
      kennitalas.map((id, at) => ({ id, paths: { "profile.phone": `500470${at}` } })),
    );
    for (const kennitala of kennitalas) await expectEqual(world, kennitala);
    for (const [at, kennitala] of kennitalas.entries())
      expect((await world.django.shown(kennitala))?.contact_info.phone).toBe(`500470${at}`);
    const asked = proxy.requests(APPLY).slice(seen);
    expect(asked.map(({ body }) => changesIn(body).length).reduce((sum, count) => sum + count, 0)).toBe(15);
    expect(await world.api.deadLetters()).toEqual([]);
  });

  test("fault 47: one of ten fails by itself each time: nine arrive, it becomes a dead letter and a conflict of its own after five attempts, and a decision brings it home", async () => {
    const kennitalas = freshKennitalas(10);
    await knownMembers(world, kennitalas);
    const [failing = ""] = kennitalas;
    const isIt = ({ kennitala }: { readonly kennitala: string }) => kennitala === failing;
    const fault = proxy.next({
      path: APPLY,
      times: 5,
      when: ({ body }) => changesIn(body).some(isIt),
      kind: "changed",
      request: (body) => onlyChanges(body, (change) => !isIt(change)),
      answer: (answer, body) => withFailures(answer, body, "The change failed (TypeError)."),
    });
    await editTogether(
      world,
      kennitalas.map((id, at) => ({ id, paths: { "profile.phone": `500471${at}` } })),
    );
    for (const kennitala of kennitalas.slice(1)) await expectEqual(world, kennitala);
    const [letter] = await eventually("the dead letter", async () => {
      const open = await world.api.deadLetters();
      expect(open).toHaveLength(1);
      return open;
    });
    expect(letter).toMatchObject({ cause: "refused", memberRef: await world.api.refOf(failing) });
    expect(letter?.reason).toContain("5 attempts");
    expect(fault.met()).toBe(5);
    await world.api.call("POST", `/api/dead-letters/${encodeURIComponent(letter?.id ?? "")}/replay`);
    const [conflict] = await eventually("the conflict", async () => {
      const open = await world.api.conflicts("open", failing);
      expect(open).toHaveLength(1);
      return open;
    });
    if (conflict === undefined) throw new Error("no conflict");
    await world.api.resolve(conflict, { choice: "firestore" });
    await expectEqual(world, failing);
    expect((await world.django.shown(failing))?.contact_info.phone).toBe("5004710");
  });

  test("fault 47: people edit while Django leaves out changes at random, in silence or as failures: every edit is accounted for", async () => {
    const seed = anySeed();
    const tape = tapeOf(seed, "left out");
    const leftOut = new Map<string, number>();
    const keep = ({ write_id: writeId }: { readonly write_id: string }) => {
      const times = leftOut.get(writeId) ?? 0;
      if (times >= 2 || !tape.chance(0.4)) return true;
      leftOut.set(writeId, times + 1);
      return false;
    };
    const answer = (given: string, body: string) => (tape.chance(0.5) ? given : withFailures(given, body, "The change failed (KeyError)."));
    const fault = { path: APPLY, times: Infinity, kind: "changed", request: (body: string) => onlyChanges(body, keep), answer } as const;
    await survives(seed, [fault], () => leftOut.size > 3);
    expect(leftOut.size).toBeGreaterThan(3);
  });

  test("fault 45: one request in five answers 500: tried again, every edit accounted for, each applied once", async () => {
    const seed = anySeed();
    const tape = tapeOf(seed, "500");
    const when = () => tape.chance(0.2);
    const fault = { path: "api/sync/", times: Infinity, when, kind: "answer", status: 500, body: "<h1>Server Error</h1>" } as const;
    const met = await survives(seed, [fault], (times) => times > 3);
    expect(met).toBeGreaterThan(3);
  });

  test("fault 48: Django applies and the connection drops, every second time: the same write id again, each applied once", async () => {
    const seed = anySeed();
    let requests = 0;
    const met = await survives(
      seed,
      [{ path: APPLY, times: Infinity, when: () => requests++ % 2 === 0, kind: "reply-lost" }],
      (times) => times > 3,
    );
    expect(met).toBeGreaterThan(3);

    const kennitala = await knownMember(world);
    const before = await world.django.standing(kennitala);
    const lost = proxy.next({ path: APPLY, times: 1, kind: "reply-lost" });
    await world.portal.edit(kennitala, { "profile.phone": "5004801" });
    await expectEqual(world, kennitala);
    expect(lost.met()).toBe(1);
    expect(Number((await world.django.standing(kennitala))?.revision), "one write in Django").toBe(Number(before?.revision) + 1);
  });

  // The last two, since Pub/Sub's emulator keeps a subscription's back-off for a while after this.
  test("fault 43: Django refuses connections for 8 s while people edit on both sides: the circuit opens, the portal's edits are taken in, Django's wait in its outbox; then all drains, one request at a time", async () => {
    await using workload = await startWorkload(world, { seed: anySeed(), members: 8 });
    await proxy.goDown();
    const downAt = performance.now();
    await workload.made(100);
    await eventually("the circuit being open", async () => expect(await metricOf(adapterUrl(), "membersync_django_circuit_open")).toBe(1));
    expect(await readiness()).toBe(503);
    expect(outbox.parse((await world.django.call("GET", "api/sync/status/")).body).pending).toBeGreaterThan(0);
    await eventually("commands that wait", async () => expect((await world.api.status()).backlog?.inFlight).toBeGreaterThan(0));
    await eventually("eight seconds", () => performance.now() - downAt > 8_000);
    const seen = proxy.requests(APPLY).length;
    await proxy.comeBack();
    await expectBalanced(world, workload);
    expect(await metricOf(adapterUrl(), "membersync_django_circuit_open")).toBe(0);
    expect(mostAtOnce(proxy.requests(APPLY).slice(seen))).toBe(1);
    expect(await world.api.deadLetters()).toEqual([]);
  });

  test("fault 44: every call hangs while people edit: each is given up after 10 s, three at most hang at once, then all drains", async () => {
    await using workload = await startWorkload(world, { seed: anySeed(), members: 8 });
    const seen = proxy.requests("api/sync/").length;
    const hung = proxy.next({ path: "api/sync/", times: Infinity, kind: "hung" });
    await workload.made(40);
    const ended = await eventually("three calls given up", () => {
      const over = proxy
        .requests("api/sync/")
        .slice(seen)
        .filter(({ endedAt }) => endedAt !== undefined);
      expect(over.length).toBeGreaterThanOrEqual(3);
      return over;
    });
    hung.end();
    for (const { at, endedAt = Infinity } of ended) expect(endedAt - at).toBeLessThan(11_000);
    expect(mostAtOnce(ended)).toBeLessThanOrEqual(3);
    await expectBalanced(world, workload);
    expect(await world.api.deadLetters()).toEqual([]);
  });
});
