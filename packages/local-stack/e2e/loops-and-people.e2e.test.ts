import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PATHS } from "../src/paths.ts";
import { createPorts } from "../src/ports.ts";
import { expectEqual, expectQuiet, writesOf } from "./world/equality.ts";
import { eventually } from "./world/eventually.ts";
import { freshKennitalas, profileOf, freshKennitala } from "./world/people.ts";
import { knownMember, knownMembers } from "./world/scenes.ts";
import { withService } from "./world/service-process.ts";
import { openWorld, type World } from "./world/world.ts";

const SEED = 20_261_122;

describe("Start-up, loops, people and privacy", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  test("39. Missing, blank or newline-ended token, wrong URL: start-up says so; tokens are trimmed.", async () => {
    const { django, pubsub } = world.stack.addresses;
    const port = await createPorts().next();
    const env = {
      PORT: String(port),
      HOST: "127.0.0.1",
      PROJECT_ID: pubsub.projectId,
      PUBSUB_EMULATOR_HOST: pubsub.host,
      DJANGO_URL: django.url,
      DJANGO_TOKEN: django.token,
      ADAPTER_TOKEN: "an-adapter-token-of-the-test",
      MEMBER_REF_KEY: world.stack.memberRefKey,
      MEMBER_SYNC_CONFIG: PATHS.config,
      PUSH_AUTH: "none",
      POLL_INTERVAL: "60s",
    };
    const { DJANGO_TOKEN: _, ...withoutToken } = env;
    const wrong = [
      { env: withoutToken, says: "DJANGO_TOKEN" },
      { env: { ...env, DJANGO_TOKEN: " \n" }, says: "DJANGO_TOKEN" },
      { env: { ...env, DJANGO_TOKEN: "not-the-token" }, says: "DJANGO_TOKEN" },
      { env: { ...env, DJANGO_URL: "felagar" }, says: "DJANGO_URL" },
      { env: { ...env, DJANGO_URL: `${django.url}/elsewhere` }, says: "DJANGO_URL" },
    ];
    await Promise.all(
      wrong.map((one) =>
        withService("django-adapter", one.env, async ({ output, exitCode }) => {
          await eventually("the service refusing to start", () => exitCode() !== undefined);
          expect(exitCode()).not.toBe(0);
          expect(output()).toContain(one.says);
          expect(output()).not.toContain(django.token);
        }),
      ),
    );
    await withService("django-adapter", { ...env, DJANGO_TOKEN: `  ${django.token}\n` }, async () => {
      await eventually("the service being ready", async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200));
    });
  });

  test(`46. Random edits on both sides, then quiet: writes are bounded and reach zero. (seed ${SEED})`, async () => {
    const kennitalas = freshKennitalas(10);
    await knownMembers(world, kennitalas);
    const before = await writesOf(world);
    const random = mulberry32(SEED);
    const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)];
    for (let step = 0; step < 120; step++) {
      const kennitala = pick(kennitalas) ?? "";
      const value = `v${Math.floor(random() * 6)}`;
      const edits = [
        () => world.django.edit(kennitala, { name: `Nafn ${value}` }),
        () => world.django.edit(kennitala, { contact_info: { email: `${value}@example.is` } }),
        () => world.django.edit(kennitala, { address: { city: value } }),
        () => world.portal.edit(kennitala, { "profile.name": `Nafn ${value}` }),
        () => world.portal.edit(kennitala, { "profile.email": `${value}@EXAMPLE.is` }),
        () => world.portal.edit(kennitala, { "address.street": value, "profile.phone": ` 55500${value.slice(1)}0 ` }),
      ];
      await pick(edits)?.();
    }
    await eventually({ what: "every conflict being decided", withinMs: 40_000, everyMs: 300 }, async () => {
      for (const conflict of await world.api.conflicts())
        await world.api.resolve(conflict, { choice: random() < 0.5 ? "django" : "firestore" });
      expect(await world.api.conflicts()).toEqual([]);
      expect((await world.api.status()).backlog).toEqual({ inFlight: 0, waiting: 0, due: 0 });
    });
    for (const kennitala of kennitalas) await expectEqual(world, kennitala);
    const after = await writesOf(world);
    const made = after.edits + after.decisions - before.edits - before.decisions;
    expect(after.django + after.firestore - before.django - before.firestore).toBeLessThanOrEqual(2 * made);
    const barrier = await knownMember(world);
    await world.portal.edit(barrier, { "profile.phone": "5004601" });
    await expectEqual(world, barrier);
    const later = await writesOf(world);
    expect(
      later.django + later.firestore - after.django - after.firestore,
      "writes after the quiet, but for those of one more member",
    ).toBe(2);
  });

  test("46. A value that each side formats differently: settles after one correction or is parked.", async () => {
    const kennitala = await knownMember(world, { name: "a" });
    // Two programs that cannot agree: the one in the portal writes capitals, the one in Django small letters.
    await eventually({ what: "the quarrel being parked", withinMs: 40_000 }, async () => {
      if ((await world.api.conflicts("open", kennitala)).length > 0) return true;
      if ((await world.django.shown(kennitala))?.name === "A") await world.django.edit(kennitala, { name: "a" });
      const profile: unknown = (await world.portal.document(kennitala))?.["profile"];
      if (typeof profile === "object" && profile !== null && "name" in profile && profile.name === "a")
        await world.portal.edit(kennitala, { "profile.name": "A" });
      return false;
    });
    expect(await world.api.conflicts("open", kennitala)).toMatchObject([{ group: "name" }]);
    await expectEqual(world, kennitala);

    const spaced = await knownMember(world);
    await world.portal.edit(spaced, { "profile.name": "  Með Bilum  ", "profile.email": " MED.BILUM@example.is " });
    await eventually("the trimmed values in Django", async () =>
      expect(await world.django.shown(spaced)).toMatchObject({ name: "Með Bilum" }),
    );
    await expectEqual(world, spaced);
    expect(await world.api.conflicts("all", spaced)).toEqual([]);
  });

  test("49. No token, wrong role, forged header: 401/403.", async () => {
    const { reconciler, djangoAdapter, django } = world.stack.addresses;
    const forged = [
      {},
      { authorization: "Bearer wrong" },
      { authorization: `Basic ${reconciler.token}` },
      { authorization: "Bearer" },
      { "x-goog-authenticated-user-email": "accounts.google.com:admin@example.is" },
      { authorization: `Bearer ${django.token}` },
    ];
    for (const headers of forged) {
      for (const [method, path] of [
        ["GET", "/api/status"],
        ["GET", "/api/conflicts"],
        ["POST", "/api/flush"],
        ["POST", "/flush"],
        ["POST", "/sweep"],
        ["POST", "/api/control"],
      ] as const) {
        const { status } = await world.api.call(method, path, undefined, headers);
        expect({ path, status }).toEqual({ path, status: 401 });
      }
      expect((await fetch(`${djangoAdapter.url}/drain`, { method: "POST", headers })).status).toBe(401);
    }
    for (const token of [null, "wrong", reconciler.token]) {
      for (const [method, path] of [
        ["GET", "changes/"],
        ["POST", "apply/"],
        ["POST", "mark-synced/"],
        ["GET", "status/"],
        ["GET", "members/"],
        ["GET", "digest/"],
      ] as const) {
        const { status } = await world.django.call(method, `api/sync/${path}`, method === "POST" ? {} : undefined, token);
        expect({ path, status }).toEqual({ path, status: 401 });
      }
    }
    const unsigned = await fetch(`${djangoAdapter.url}/hooks/django`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"type":"django.changed"}',
    });
    expect(unsigned.status).toBe(401);
  });

  test("49. A push without Google's token is refused where tokens are asked for.", async () => {
    const { firestore, pubsub } = world.stack.addresses;
    const port = await createPorts().next();
    const env = {
      PORT: String(port),
      HOST: "127.0.0.1",
      PROJECT_ID: firestore.projectId,
      FIRESTORE_EMULATOR_HOST: firestore.host,
      PUBSUB_EMULATOR_HOST: pubsub.host,
    };
    const more = {
      MEMBER_REF_KEY: world.stack.memberRefKey,
      MEMBER_SYNC_CONFIG: PATHS.config,
      PUSH_AUDIENCE: "https://tracker.example.is",
      PUSH_SERVICE_ACCOUNT: "push@example.iam.gserviceaccount.com",
    };
    await withService("tracker", { ...env, ...more }, async () => {
      await eventually("the service being ready", async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200));
      for (const headers of [{}, { authorization: "Bearer e30.e30.e30" }]) {
        for (const path of ["/pubsub/apply", "/events/firestore"]) {
          const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
            method: "POST",
            headers: { ...headers, "content-type": "application/json" },
            body: '{"message":{"data":"e30=","messageId":"1","attributes":{}},"subscription":"s"}',
          });
          expect([401, 403]).toContain(answer.status);
        }
      }
    });
  });

  test("50. The seed's endpoints keep their shapes for old clients.", async () => {
    const kennitala = await knownMember(world);
    const dashed = `${kennitala.slice(0, 6)}-${kennitala.slice(6)}`;
    const apply = await world.django.call("POST", "api/sync/apply/", {
      changes: [{ kennitala: dashed, action: "update", changes: { "profile.phone": "5005001", "profile.email": "gamalt@example.is" } }],
    });
    expect(apply).toMatchObject({
      status: 200,
      body: {
        results: [{ ssn: kennitala, status: "success", updated_fields: expect.arrayContaining(["profile.phone", "profile.email"]) }],
      },
    });
    await eventually("the old client's edit in the document", async () =>
      expect(await world.portal.document(kennitala)).toMatchObject({ profile: { phone: "5005001", email: "gamalt@example.is" } }),
    );
    await expectEqual(world, kennitala);
    const unknown = await world.django.call("POST", "api/sync/apply/", {
      changes: [{ kennitala: freshKennitala(), action: "update", changes: { "profile.phone": "1" } }],
    });
    expect(unknown).toMatchObject({ status: 200, body: { results: [{ status: "error", message: "Member not found" }] } });

    await world.kill("djangoAdapter");
    await world.django.edit(kennitala, { name: "Fyrir Gamla" });
    const changes = await world.django.call("GET", "api/sync/changes/?since=2020-01-01T00:00:00Z");
    expect(changes).toMatchObject({
      status: 200,
      body: {
        count: 1,
        changes: [
          {
            id: expect.any(Number),
            ssn: kennitala,
            action: "update",
            fields_changed: { name: "Fyrir Gamla" },
            created_at: expect.any(String),
          },
        ],
      },
    });
    expect(await world.django.call("GET", "api/sync/status/")).toMatchObject({
      status: 200,
      body: { pending: 1, synced: expect.any(Number), failed: 0, oldest_pending: expect.any(String) },
    });
    expect(await world.django.call("POST", "api/sync/mark-synced/", { sync_ids: [] })).toMatchObject({
      status: 200,
      body: { success: true, marked_synced: 0 },
    });
    await world.restart("djangoAdapter");
    await eventually("the waiting edit in the document", async () =>
      expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: "Fyrir Gamla" } }),
    );
  });

  test("47. No kennitala and no value in any log of the services.", async () => {
    const kennitala = freshKennitala();
    await world.portal.put(kennitala, profileOf(kennitala, { name: "Leynileg Persóna" }));
    await expectEqual(world, kennitala);
    const logs = await world.logs();
    expect(logs.length).toBeGreaterThan(0);
    for (const secret of [kennitala, `${kennitala.slice(0, 6)}-${kennitala.slice(6)}`, "Leynileg"])
      expect(logs.includes(secret), "a log line tells about a person").toBe(false);
    const metrics = await Promise.all(
      [world.stack.addresses.tracker, world.stack.addresses.djangoAdapter, world.stack.addresses.reconciler].map(async ({ url }) =>
        (await fetch(`${url}/metrics`)).text(),
      ),
    );
    for (const text of metrics) expect(text.includes(kennitala)).toBe(false);
  });

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });
});

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
