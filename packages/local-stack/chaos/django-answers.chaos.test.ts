import { createServer } from "node:http";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fault } from "../e2e/world/django-faults.ts";
import type { DjangoProxy } from "../e2e/world/django-proxy.ts";
import { expectEqual } from "../e2e/world/equality.ts";
import { eventually } from "../e2e/world/eventually.ts";
import { freshKennitalas } from "../e2e/world/people.ts";
import { knownMember, knownMembers } from "../e2e/world/scenes.ts";
import { openWorld, type World } from "../e2e/world/world.ts";
import { expectBalanced } from "./world/balance.ts";
import { changesIn, editTogether, onlyChanges, withFailures } from "./world/django-answers.ts";
import { metricOf } from "./world/metric.ts";
import { anySeed } from "./world/tape.ts";
import { pidOf, residentMebibytes } from "./world/twin.ts";
import { startWorkload } from "./world/workload.ts";

const APPLY = "api/sync/apply/";

describe("Django that answers what it should not", () => {
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

  test.each<[string, Fault]>([
    [
      "a page of HTML",
      { path: APPLY, times: 2, kind: "answer", status: 200, body: "<html>Welcome</html>", headers: { "content-type": "text/html" } },
    ],
    ["JSON that ends in its middle", { path: APPLY, times: 2, kind: "answer", status: 200, body: '{"results":[{"wri' }],
    [
      "JSON whose connection ends in its middle",
      { path: APPLY, times: 2, kind: "answer", status: 200, body: '{"results":[', announced: 9_000 },
    ],
    ["50 MB", { path: APPLY, times: 2, kind: "poured", bytes: 50_000_000, type: "application/json" }],
  ])("fault 49: 200 with %s: a failure, little of it is read, and the edits arrive", async (_what, fault) => {
    const kennitala = await knownMember(world);
    const memory = await residentMebibytes(pidOf(world, "djangoAdapter"));
    const next = proxy.next(fault);
    await world.portal.edit(kennitala, { "profile.phone": "5004901" });
    await eventually("two such answers", () => expect(next.met()).toBe(2));
    await expectEqual(world, kennitala);
    expect((await world.django.shown(kennitala))?.contact_info.phone).toBe("5004901");
    expect((await residentMebibytes(pidOf(world, "djangoAdapter"))) - memory).toBeLessThan(80);
    expect(await world.api.deadLetters()).toEqual([]);
  });

  test("fault 46: 429 with Retry-After 5: nobody asks for 5 s, somebody does within 6, and no attempt is counted", async () => {
    const kennitala = await knownMember(world);
    const commands = await world.bus.tap("member-apply-django");
    const slow = proxy.next({ path: "api/sync/", times: 1, kind: "answer", status: 429, body: "{}", headers: { "retry-after": "5" } });
    await eventually("the answer", () => expect(slow.met()).toBe(1));
    const asked = performance.now();
    const seen = proxy.arrivals("api/sync/").length;
    await world.portal.edit(kennitala, { "profile.phone": "5004601" });
    const next = await eventually("the next request", () => {
      const at = proxy.arrivals("api/sync/")[seen];
      if (at === undefined) throw new Error("none");
      return at;
    });
    expect(next - asked).toBeGreaterThan(4_000);
    expect(next - asked).toBeLessThan(6_000);
    await expectEqual(world, kennitala);
    expect(commands.messages.map(({ attributes }) => attributes["attempts"] ?? "1").filter((attempts) => attempts !== "1")).toEqual([]);
    expect(await world.api.deadLetters()).toEqual([]);
  });

  test("fault 50: one of ten is nobody whom Django knows: a dead letter and a conflict with that reason, nine arrive", async () => {
    const kennitalas = freshKennitalas(10);
    await knownMembers(world, kennitalas);
    const [unknown = ""] = kennitalas;
    const isIt = ({ kennitala }: { readonly kennitala: string }) => kennitala === unknown;
    const fault = proxy.next({
      path: APPLY,
      times: 1,
      when: ({ body }) => changesIn(body).some(isIt),
      kind: "changed",
      request: (body) => onlyChanges(body, (change) => !isIt(change)),
      answer: (answer, body) => withFailures(answer, body, "Member not found"),
    });
    await editTogether(
      world,
      kennitalas.map((id, at) => ({ id, paths: { "profile.phone": `500500${at}` } })),
    );
    for (const kennitala of kennitalas.slice(1)) await expectEqual(world, kennitala);
    const [letter] = await eventually("the dead letter", async () => {
      const open = await world.api.deadLetters();
      expect(open).toHaveLength(1);
      return open;
    });
    expect(letter).toMatchObject({
      cause: "refused",
      reason: "Django has no such member",
      memberRef: await world.api.refOf(unknown),
      seen: 1,
    });
    expect(fault.met()).toBe(1);
    await world.api.call("POST", `/api/dead-letters/${encodeURIComponent(letter?.id ?? "")}/replay`);
    const [conflict] = await eventually("the conflict", async () => {
      const open = await world.api.conflicts("open", unknown);
      expect(open).toHaveLength(1);
      return open;
    });
    if (conflict === undefined) throw new Error("no conflict");
    await world.api.resolve(conflict, { choice: "firestore" });
    await expectEqual(world, unknown);
  });

  test("fault 51: three times in a row somebody in Django is faster: each time read again and merged, and all of it stands", async () => {
    const kennitala = await knownMember(world);
    let round = 0;
    const by = async () => {
      round += 1;
      await world.django.edit(kennitala, { name: `Á undan ${round}` });
    };
    const faster = proxy.next({ path: APPLY, times: 3, when: ({ body }) => body.includes(kennitala), kind: "preceded", by });
    await world.portal.edit(kennitala, { "profile.phone": "5005101" });
    await eventually("three times", () => expect(faster.met()).toBe(3));
    await expectEqual(world, kennitala);
    expect(await world.django.shown(kennitala)).toMatchObject({ name: "Á undan 3", contact_info: { phone: "5005101" } });
    expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: "Á undan 3", phone: "5005101" } });
    expect(await world.api.conflicts("open", kennitala)).toEqual([]);
  });

  test("fault 51: somebody in Django is faster, in the very same field: a conflict, with both values", async () => {
    const kennitala = await knownMember(world);
    const by = async () => world.django.edit(kennitala, { contact_info: { phone: "5005103" } });
    proxy.next({ path: APPLY, times: 1, when: ({ body }) => body.includes(kennitala), kind: "preceded", by });
    await world.portal.edit(kennitala, { "profile.phone": "5005102" });
    const [conflict] = await eventually("the conflict", async () => {
      const open = await world.api.conflicts("open", kennitala);
      expect(open).toHaveLength(1);
      return open;
    });
    expect(conflict).toMatchObject({ group: "phone", django: { value: "5005103" }, firestore: { value: "5005102" } });
    if (conflict === undefined) throw new Error("no conflict");
    await world.api.resolve(conflict, { choice: "firestore" });
    await expectEqual(world, kennitala);
  });

  test("fault 51: 409 three times although nothing moved: read, and sent again; no dead letter, no loop", async () => {
    const kennitala = await knownMember(world);
    const seen = proxy.requests(APPLY).length;
    const refused = proxy.next({ path: APPLY, times: 3, kind: "answer", status: 409, body: '{"error":"version conflict"}' });
    await world.portal.edit(kennitala, { "profile.phone": "5005104" });
    await expectEqual(world, kennitala, 60_000);
    expect((await world.django.shown(kennitala))?.contact_info.phone).toBe("5005104");
    expect(refused.met()).toBe(3);
    expect(proxy.requests(APPLY).length - seen).toBe(4);
    expect(await world.api.deadLetters()).toEqual([]);
  });

  test("fault 53: redirects to a machine's metadata, to plain http and to another path: refused, nothing follows them, counted and told", async () => {
    let followed = 0;
    const elsewhere = createServer((_request, response) => {
      followed += 1;
      response.end("{}");
    }).listen(0, "127.0.0.1");
    await once(elsewhere, "listening");
    const address = elsewhere.address();
    const there = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/felagar/api/sync/apply/`;
    const before = await metricOf(adapterUrl(), "membersync_django_failures_total", { code: "django_bad_answer" });
    const kennitala = await knownMember(world);
    const redirects = [
      [302, "http://169.254.169.254/latest/meta-data/"],
      [307, there],
      [308, there],
    ] as const;
    const met = redirects.map(([status, location]) =>
      proxy.next({ path: APPLY, times: 1, kind: "answer", status, body: "", headers: { location } }),
    );
    try {
      await world.portal.edit(kennitala, { "profile.phone": "5005301" });
      await expectEqual(world, kennitala, 30_000);
    } finally {
      elsewhere.close();
    }
    expect([followed, ...met.map((each) => each.met())]).toEqual([0, 1, 1, 1]);
    expect(await metricOf(adapterUrl(), "membersync_django_failures_total", { code: "django_bad_answer" })).toBe(before + 3);
    expect(await world.logs()).toContain('"reason":"redirect"');
    expect(await world.api.deadLetters()).toEqual([]);
  });

  test("fault 52: 401 while people edit, as after a rotation that the adapter was not told of: it says that it is not ready, nothing is given up on, all is there once the secret fits", async () => {
    await using workload = await startWorkload(world, { seed: anySeed(), members: 8 });
    const refusing = proxy.next({
      path: "api/sync/",
      times: Infinity,
      kind: "answer",
      status: 401,
      body: '{"error":"Authentication failed."}',
    });
    await workload.made(30);
    expect(await readiness()).toBe(503);
    expect(await metricOf(adapterUrl(), "membersync_django_failures_total", { code: "django_unauthorised" })).toBeGreaterThan(0);
    refusing.end();
    await expectBalanced(world, workload);
    expect(await world.api.deadLetters()).toEqual([]);
  });
});
