import { createHmac } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DjangoProxy } from "../e2e/world/django-proxy.ts";
import { expectEqual } from "../e2e/world/equality.ts";
import { eventually } from "../e2e/world/eventually.ts";
import { knownMember, unseenByEachOther } from "../e2e/world/scenes.ts";
import { openWorld, type World } from "../e2e/world/world.ts";
import { expectBalanced } from "./world/balance.ts";
import { clockHands, withGuarded, type ClockHands, type Guarded } from "./world/guarded.ts";
import { metricOf } from "./world/metric.ts";
import { anySeed } from "./world/tape.ts";
import { startTcpProxy } from "./world/tcp-proxy.ts";
import { recordTemplates, type Templates } from "./world/templates.ts";
import { hs256, startTokenMaker, type TokenMaker, type TokenParts } from "./world/token-maker.ts";
import { twinOf } from "./world/twin.ts";
import { startWorkload } from "./world/workload.ts";

const HOUR_MS = 3_600_000;
const now = () => Math.floor(Date.now() / 1_000);

/** The clocks are the services' own (a file that their clock follows) and Django's (the proxy shifts what it tells). */
describe("Clocks and doors", () => {
  const services = clockHands();
  let world: World;
  let proxy: DjangoProxy;
  let templates: Templates;
  beforeAll(async () => {
    const { env } = services;
    world = await openWorld({ env: { tracker: env, djangoAdapter: env, reconciler: env } });
    proxy = await world.withProxy();
    templates = await recordTemplates(world);
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    services[Symbol.dispose]();
  });

  const adapterUrl = () => world.stack.addresses.djangoAdapter.url;
  const lead = () => metricOf(adapterUrl(), "membersync_django_clock_lead_seconds");

  describe.each([
    ["two hours ahead", 2 * HOUR_MS],
    ["two hours behind", -2 * HOUR_MS],
  ] as const)("Django's clock is %s", (what, skewMs) => {
    beforeEach(() => {
      proxy.skewMs = skewMs;
      return () => (proxy.skewMs = 0);
    });

    test(`fault 63: Django's clock is ${what}: it is told, and who saw the other's value wins, on either side, ten times in turn`, async () => {
      await eventually("the lead", async () => expect(Math.abs((await lead()) - skewMs / 1_000)).toBeLessThan(10));
      expect(await world.logs()).toContain("Django's clock and ours are apart");
      const kennitala = await knownMember(world);
      for (let turn = 0; turn < 10; turn += 1) {
        const phone = `500630${turn}`;
        if (turn % 2 === 0) await world.portal.edit(kennitala, { "profile.phone": phone });
        else await world.django.edit(kennitala, { contact_info: { phone } });
        await eventually("the newer value on both sides", async () => {
          expect((await world.django.shown(kennitala))?.contact_info.phone).toBe(phone);
          expect(await world.portal.document(kennitala)).toMatchObject({ profile: { phone } });
        });
        await expectEqual(world, kennitala);
      }
      expect(await world.api.conflicts("all", kennitala)).toEqual([]);
    });

    test(`fault 63: Django's clock is ${what}: no clock decides between two edits that had not seen each other, a person is asked, and the decision reaches both sides`, async () => {
      const kennitala = await knownMember(world);
      await unseenByEachOther(world, kennitala, async () => {
        await world.django.edit(kennitala, { contact_info: { phone: "5006311" } });
        await world.portal.edit(kennitala, { "profile.phone": "5006322" });
      });
      const conflict = await eventually("the question", async () => {
        const [open] = await world.api.conflicts("open", kennitala);
        expect(open).toMatchObject({ group: "phone", django: { value: "5006311" }, firestore: { value: "5006322" } });
        return open;
      });
      if (conflict === undefined) throw new Error("a person is asked");
      await world.api.resolve(conflict, { choice: "django" });
      await expectEqual(world, kennitala);
      expect(await world.portal.document(kennitala)).toMatchObject({ profile: { phone: "5006311" } });
    });
  });

  test("fault 64: the clocks of all services go back an hour while people edit, and forward again: every edit accounted for, an old message has no effect", async () => {
    await using workload = await startWorkload(world, { seed: anySeed(), members: 8 });
    await workload.made(30);
    services.set(-HOUR_MS);
    await workload.made(40);
    services.set(0);
    await workload.made(20);
    await expectBalanced(world, workload);
    services.set(-HOUR_MS);
    const before = await world.api.member(templates.kennitala);
    for (const { topic, attributes, item, of } of templates.all) await world.bus.publish(topic, { data: of([item]), attributes });
    await world.portal.edit(templates.kennitala, { "profile.facebook": "eftir.klukkuna" });
    const after = await expectEqual(world, templates.kennitala);
    services.set(0);
    expect(after.groups.filter(({ group }) => group !== "facebook")).toEqual(before?.groups.filter(({ group }) => group !== "facebook"));
    expect(await world.api.deadLetters()).toEqual([]);
  });

  describe("The reconciler's door", () => {
    let maker: TokenMaker;
    let clock: ClockHands;
    let old: string;
    beforeAll(() => {
      const { item, of } = templates.from["member-changes-django"];
      old = of([item]);
    });
    beforeEach(async () => {
      maker = await startTokenMaker();
      clock = clockHands();
      return async () => {
        await maker[Symbol.asyncDispose]();
        clock[Symbol.dispose]();
      };
    });

    const guarded = (use: (guarded: Guarded) => Promise<void>, env: Readonly<Record<string, string>> = {}) =>
      withGuarded(world, { maker, clock, env }, use);

    test("fault 65: no token, nobody's signature, the public key as a secret, a foreign key, an unknown key, altered claims, another audience, issuer or account, an unverified e-mail: 401 or 403 in 50 ms, nothing is read or written, no token is logged", async () => {
      await using firestore = await startTcpProxy(world.stack.addresses.firestore.host);
      const touched = firestore.holdRequestOf(await world.api.refOf(templates.kennitala));
      let isTouched = false;
      void touched.met.then(() => (isTouched = true));
      const good = maker.token();
      const [head = "", claims = "", signature = ""] = good.split(".");
      const altered = Buffer.from(Buffer.from(claims, "base64url").toString().replace('"iat":', '"sub":"x","iat":'));
      const bad: readonly (readonly [what: string, status: number, token: string | undefined])[] = [
        ["none", 401, undefined],
        ["alg none", 401, maker.token({ header: { alg: "none" }, sign: () => "" })],
        ["alg none, and a signature", 401, maker.token({ header: { alg: "none" }, sign: () => signature })],
        ["HS256 with the public key", 401, maker.token({ header: { alg: "HS256" }, sign: hs256(maker.publicPem) })],
        ["a foreign key", 401, maker.token({ sign: maker.foreign })],
        ["an unknown key", 401, maker.token({ header: { kid: "k2" } })],
        ["altered claims", 401, `${head}.${altered.toString("base64url")}.${signature}`],
        ["another audience", 401, maker.token({ claims: { aud: "https://other.example.is" } })],
        ["another issuer", 401, maker.token({ claims: { iss: "https://evil.example" } })],
        ["another account", 403, maker.token({ claims: { email: "other@example.iam.gserviceaccount.com" } })],
        ["an unverified e-mail", 403, maker.token({ claims: { email_verified: false } })],
        ["expired by 61 s", 401, maker.token({ claims: { exp: now() - 61 } })],
      ];
      await guarded(
        async ({ push, output }) => {
          expect((await push(good, "{}")).status).toBe(204);
          for (const [what, status, token] of bad) {
            const answers = [await push(token, old), await push(token, old), await push(token, old)];
            expect([what, ...answers.map((answer) => answer.status)]).toEqual([what, status, status, status]);
            const quickest = Math.min(...answers.map(({ ms }) => ms));
            expect(quickest, `${what}: ${quickest} ms`).toBeLessThan(50);
          }
          expect(isTouched, "a request about the member").toBe(false);
          for (const token of [good, ...bad.flatMap(([, , each]) => (each === undefined ? [] : [each]))]) {
            expect(output()).not.toContain(token.split(".")[1]);
          }
          expect(output()).toContain("push refused");
          touched.release();
        },
        { FIRESTORE_EMULATOR_HOST: firestore.host },
      );
    });

    test("fault 66: expired by 61 s is a 401, by 50 s is taken; a valid token replayed with an old body, or for another subscription, changes nothing", async () => {
      const { kennitala } = templates;
      await expectEqual(world, kennitala);
      const state = async () => JSON.stringify([await world.api.member(kennitala), await world.api.timeline(kennitala)]);
      const before = await state();
      const token = maker.token();
      await guarded(async ({ push }) => {
        expect((await push(maker.token({ claims: { exp: now() - 61 } }), old)).status).toBe(401);
        expect((await push(maker.token({ claims: { exp: now() - 50 } }), old)).status).toBe(204);
        for (let round = 0; round < 3; round += 1) expect((await push(token, old)).status).toBe(204);
        expect((await push(token, old, "tracker-apply")).status).toBe(204);
      });
      expect(await state()).toBe(before);
    });

    test("fault 67: the key server is down, then up, then down for seven hours while 1,000 unknown keys are thrown at it, then slow: one fetch a minute, and the keys that were had serve", async () => {
      const later = (ms: number) => ({ claims: { iat: now() + ms / 1_000 - 100, exp: now() + ms / 1_000 + 600 } }) satisfies TokenParts;
      const { answer } = maker;
      const down: TokenMaker["answer"] = (response) => void response.writeHead(500).end();
      await guarded(async ({ push }) => {
        maker.answer = down;
        const first = await Promise.all(Array.from({ length: 50 }, () => push(maker.token(), old)));
        expect(new Set(first.map(({ status }) => status))).toEqual(new Set([503]));
        expect(maker.asked()).toBeLessThan(10);
        maker.answer = answer;
        await eventually("the keys", async () => expect((await push(maker.token(), old)).status).toBe(204));

        const had = maker.asked();
        expect(await unknown(push, 500)).toEqual(new Set([401]));
        expect(maker.asked(), "fetches within the minute").toBe(had);
        maker.answer = down;
        clock.set(7 * HOUR_MS);
        await eventually("the later hour", async () => expect((await push(maker.token(later(7 * HOUR_MS)), old)).status).toBe(204));
        expect(await unknown(push, 500)).toEqual(new Set([401]));
        expect(maker.asked(), "fetches seven hours later").toBe(had + 1);
        maker.answer = () => {};
        clock.set(7 * HOUR_MS + 61_000);
        await eventually("one more fetch", async () => {
          await push(maker.token({ header: { kid: "k9" } }), old);
          expect(maker.asked()).toBe(had + 2);
        });
        const slow = await push(maker.token(later(7 * HOUR_MS)), old);
        expect(slow.status).toBe(204);
        expect(slow.ms).toBeLessThan(3_500);
      });
    });

    async function unknown(push: Guarded["push"], count: number): Promise<ReadonlySet<number>> {
      const statuses = new Set<number>();
      for (let from = 0; from < count; from += 50) {
        const tokens = Array.from({ length: 50 }, (_, at) => maker.token({ header: { kid: `x${from + at}` } }));
        for (const { status } of await Promise.all(tokens.map((token) => push(token, old)))) statuses.add(status);
      }
      return statuses;
    }
  });

  test("fault 68: a nudge six minutes old, or from the future, or signed with a revoked secret, or altered: 401; the same one twice: 200 and nothing more", async () => {
    const [secret, other, revoked] = [
      "c2VjcmV0LW9mLXRoZS10ZXN0LTAwMDE=",
      "c2VjcmV0LW9mLXRoZS10ZXN0LTAwMDI=",
      "c2VjcmV0LW9mLXRoZS10ZXN0LTAwMDM=",
    ] as const;
    const twin = await twinOf(world, "djangoAdapter");
    const body = '{"type":"django.changed"}';
    await twin.run(
      async (url) => {
        const nudge = async (id: string, { key = secret, at = now(), sent = body }: { key?: string; at?: number; sent?: string }) => {
          const signature = createHmac("sha256", Buffer.from(key, "base64")).update(`${id}.${at}.${body}`).digest("base64");
          const headers = { "webhook-id": id, "webhook-timestamp": String(at), "webhook-signature": `v1,${signature}` };
          const response = await fetch(`${url}/hooks/django`, {
            method: "POST",
            headers: { "content-type": "application/json", ...headers },
            body: sent,
          });
          return response.status;
        };
        expect(await nudge("n1", {})).toBe(204);
        expect(await nudge("n1", {})).toBe(200);
        expect(await nudge("n2", { key: other })).toBe(204);
        expect(await nudge("n3", { at: now() - 360 })).toBe(401);
        expect(await nudge("n4", { at: now() + 360 })).toBe(401);
        expect(await nudge("n5", { key: revoked })).toBe(401);
        expect(await nudge("n6", { sent: '{"type":"something.else"}' })).toBe(401);
        const counted = (outcome: string) => metricOf(url, "membersync_nudges_total", { outcome });
        expect([await counted("taken"), await counted("repeated"), await counted("refused")]).toEqual([2, 1, 4]);
      },
      { DJANGO_WEBHOOK_SECRETS: `whsec_${secret},whsec_${other}` },
    );
  });
});
