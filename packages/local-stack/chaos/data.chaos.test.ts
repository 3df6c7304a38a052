import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { expectEqual, expectQuiet } from "../e2e/world/equality.ts";
import { eventually } from "../e2e/world/eventually.ts";
import { freshKennitala, freshKennitalas, person, profileOf } from "../e2e/world/people.ts";
import { knownMember, knownMembers } from "../e2e/world/scenes.ts";
import { openWorld, type World } from "../e2e/world/world.ts";
import { discardDeadLetters } from "./world/django-answers.ts";
import { recordTemplates, type Template, type Templates } from "./world/templates.ts";
import { pidOf, residentMebibytes } from "./world/twin.ts";

/** Data that no sound program sends, on the real bus and at the real doors. */
describe("Data, broken", () => {
  let world: World;
  let templates: Templates;
  beforeAll(async () => {
    world = await openWorld();
    templates = await recordTemplates(world);
  });
  afterEach(async () => {
    await discardDeadLetters(world);
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const publish = ({ topic, attributes }: Template, data: string | Uint8Array) => world.bus.publish(topic, { data, attributes });
  const everywhere = (data: (template: Template) => string | Uint8Array) =>
    Promise.all(templates.all.map((template) => publish(template, data(template))));

  /** Waits for so many dead letters, lets an edit cross in each direction, and looks again: each came once. */
  async function expectLetters(causes: readonly string[]): Promise<readonly { readonly reason: string }[]> {
    await eventually({ what: `${causes.length} dead letters`, withinMs: 60_000 }, async () => {
      expect((await world.api.deadLetters()).map(({ cause }) => cause).toSorted()).toEqual(causes.toSorted());
    });
    await world.portal.edit(templates.kennitala, { "profile.facebook": `eftir.${performance.now()}` });
    await world.django.edit(templates.kennitala, { name: `Eftir ${performance.now()}` });
    await expectEqual(world, templates.kennitala);
    const letters = await world.api.deadLetters();
    expect(letters.map(({ seen }) => seen)).toEqual(causes.map(() => 1));
    return letters;
  }

  test("fault 55: malformed JSON, bytes that are no UTF-8, NUL and half a character, on each of four topics: sixteen dead letters at the first delivery, acknowledged", async () => {
    const withName = ({ topic, item, of }: Template, name: string) =>
      of([topic.startsWith("member-apply") ? { ...item, groups: { name } } : { ...item, record: { name } }]);
    await everywhere(({ topic }) => `{"for":"${topic}"`);
    await everywhere(({ topic }) => Buffer.concat([Buffer.from(`{"for":"${topic}`), Buffer.of(0xff, 0xc3)]));
    await everywhere((template) => withName(template, "Núll\u0000 hér"));
    await everywhere((template) => withName(template, "Hálfur \ud83d stafur"));
    const of = (cause: string) => Array.from({ length: 8 }, () => cause);
    await expectLetters([...of("malformed"), ...of("invalid-item")]);
  });

  test("fault 55: a portal's document with NUL in a name: it crosses without the NUL, and no field is held up", async () => {
    const kennitala = await knownMember(world);
    await world.portal.edit(kennitala, { "profile.name": "Núll\u0000 hér", "profile.phone": "5005501" });
    await eventually("the phone in Django", async () => expect((await world.django.shown(kennitala))?.contact_info.phone).toBe("5005501"));
    expect(await world.django.shown(kennitala)).toMatchObject({ name: "Núll hér" });
    await world.portal.edit(kennitala, { "profile.name": "Án núlls" });
    await expectEqual(world, kennitala);
    expect(await world.django.shown(kennitala)).toMatchObject({ name: "Án núlls" });
  });

  test("fault 56: messages of 9.5 MB and of 501 changes, on each topic: dead letters, and no service grows by 200 MB", async () => {
    const parts = ["tracker", "djangoAdapter", "reconciler"] as const;
    const memory = () => Promise.all(parts.map((part) => residentMebibytes(pidOf(world, part))));
    const before = await memory();
    await everywhere(({ topic }) => JSON.stringify({ topic, padding: "x".repeat(9_500_000) }));
    await everywhere(({ item, of }) => of(Array.from({ length: 501 }, () => item)));
    const of = (cause: string) => Array.from({ length: 4 }, () => cause);
    await expectLetters([...of("oversized"), ...of("malformed")]);
    for (const [at, mebibytes] of (await memory()).entries()) expect(mebibytes - (before[at] ?? 0)).toBeLessThan(200);
  });

  test("fault 57: version 99, on each topic: kept as it is, and given out whole by a replay; nobody knows it yet, so it is the same dead letter again", async () => {
    await everywhere(({ topic }) =>
      JSON.stringify({ schema: `${topic.slice(0, 12)}.v99`, envelopeId: topic, side: "django", items: [{}] }),
    );
    const tap = await world.bus.tap("member-apply-firestore");
    await expectLetters(Array.from({ length: 4 }, () => "unknown-version"));
    for (const { id } of await world.api.deadLetters()) {
      expect((await world.api.call("POST", `/api/dead-letters/${encodeURIComponent(id)}/replay`)).status).toBe(200);
    }
    await eventually("the four of them again", async () =>
      expect((await world.api.deadLetters()).map(({ cause, seen }) => [cause, seen])).toEqual(
        Array.from({ length: 4 }, () => ["unknown-version", 2]),
      ),
    );
    expect(tap.messages.map(({ data }) => data)).toContain(
      JSON.stringify({ schema: "member-apply.v99", envelopeId: "member-apply-firestore", side: "django", items: [{}] }),
    );
  });

  test("fault 61: published with a dash, with letters, or a company's: refused, with the reason; with a failing check digit: a member like others", async () => {
    const template = templates.from["member-changes-django"];
    const about = (kennitala: string) => ({
      ...template.item,
      kennitala,
      memberRef: memberRefOf(world.stack.memberRefKey, kennitala),
      id: `django:${memberRefOf(world.stack.memberRefKey, kennitala)}:1`,
      revision: "1",
    });
    const [dashed, worded, company, odd] = ["010130-2989", "ABCDEFGHIJ", "4101302989", freshKennitala()] as const;
    await publish(template, template.of([dashed, worded, company].map(about)));
    const letters = await expectLetters(["invalid-item", "invalid-item", "invalid-item"].with(2, "refused"));
    expect(letters.map(({ reason }) => reason).join()).toMatch(/kennitala/);
    await world.django.create(odd, person(odd));
    await expectEqual(world, odd);
  });

  test("fault 58: a field that the format does not have: a dead letter that says so; a group that no field maps, and one that clients may not steer: never written, and told", async () => {
    await Promise.all(templates.all.map((template) => publish(template, template.of([{ ...template.item, shoeSize: 44 }]))));
    const letters = await expectLetters(Array.from({ length: 4 }, () => "invalid-item"));
    for (const { reason } of letters) expect(reason).toContain("unrecognized_keys");
    await discardDeadLetters(world);

    const kennitala = await knownMember(world);
    const before = await world.django.shown(kennitala);
    const standing = await world.django.standing(kennitala);
    const command = templates.from["member-apply-django"];
    const forged = {
      ...command.item,
      writeId: "forged",
      memberRef: await world.api.refOf(kennitala),
      kennitala,
      djangoId: standing?.djangoId,
      expectRevision: standing?.revision,
      groups: { status: "inactive", "membership.status": "inactive", shoe_size: 44 },
    };
    await publish(command, command.of([forged]));
    await world.portal.edit(kennitala, { "profile.phone": "5005801" });
    await expectEqual(world, kennitala);
    expect(await world.django.shown(kennitala)).toMatchObject({ ...before, contact_info: { phone: "5005801" } });
  });

  test("fault 59: `__proto__`, `constructor` and 10,000 levels, on each topic: nothing is polluted, what cannot be read is a dead letter", async () => {
    const deep = `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`;
    const raw = ({ topic, item, of }: Template, value: string) => {
      const field = topic.startsWith("member-apply") ? "groups" : "record";
      return of([{ ...item, [field]: "HERE" }]).replace('"HERE"', value);
    };
    await everywhere((template) => raw(template, `{"name":${deep}}`));
    await everywhere((template) => `{"__proto__":{"schema":"member-change.v1"},"for":"${template.topic}"}`);
    await everywhere(({ of, item }) =>
      of([item]).replace('"memberRef"', '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"memberRef"'),
    );
    await eventually("dead letters", async () => expect((await world.api.deadLetters()).length).toBeGreaterThanOrEqual(12));
    const letters = await world.api.deadLetters();
    expect(letters.map(({ seen }) => seen)).toEqual(letters.map(() => 1));
    await world.portal.edit(templates.kennitala, { "profile.phone": "5005901" });
    await expectEqual(world, templates.kennitala);
    expect(JSON.stringify(await world.api.member(templates.kennitala))).not.toContain("polluted");
  });

  test("fault 59: the same at the doors: 400 from each push endpoint, from the API and from Django, and all go on", async () => {
    const { tracker, djangoAdapter, reconciler, django } = world.stack.addresses;
    const deep = `${"[".repeat(10_000)}1${"]".repeat(10_000)}`;
    const bodies = ['{"message":{"__proto__":{"data":""},"attributes":{"constructor":{"prototype":1}}}}', `{"message":${deep}}`, deep, "{"];
    const post = async (url: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
      (await fetch(url, { method: "POST", body, headers: { "content-type": "application/json", ...headers } })).status;
    const doors = [
      `${tracker.url}/pubsub/apply`,
      `${djangoAdapter.url}/pubsub/apply`,
      `${reconciler.url}/pubsub/changes`,
      `${reconciler.url}/pubsub/dead-letters`,
    ];
    for (const door of doors) for (const body of bodies) expect(await post(door, body), `${door} to ${body.slice(0, 40)}`).toBe(400);
    for (const body of bodies) {
      expect(await post(`${reconciler.url}/api/members/lookup`, body, { authorization: `Bearer ${reconciler.token}` })).toBe(400);
    }
    for (const body of [deep, `{"changes":${deep}}`, "{", '{"changes":{"__proto__":[]}}']) {
      expect(await post(`${django.url}/api/sync/apply/`, body, { authorization: `Token ${django.token}` })).toBe(400);
    }
    await expectEqual(world, templates.kennitala);
  });

  test("fault 62: eight members deleted in Django at the very moment of an edit in the portal: each is deleted on both sides, or kept and a question to somebody; nobody comes back in silence", async () => {
    const kennitalas = freshKennitalas(8);
    await knownMembers(world, kennitalas);
    await Promise.all(
      kennitalas.flatMap((kennitala) => [world.django.remove(kennitala), world.portal.edit(kennitala, { "profile.phone": "5006201" })]),
    );
    for (const kennitala of kennitalas) {
      const view = await expectEqual(world, kennitala);
      const open = await world.api.conflicts("open", kennitala);
      if (view.life.parked === null) expect(view.life.state).toBe("deleted");
      else expect(open.map(({ group }) => group)).toContain("life");
      expect(await world.django.shown(kennitala)).toBeUndefined();
    }
  });

  test("fault 62: the same member created on both sides at once, and twice on one: one member; created again after the deletion, no late message of the first life touches the second", async () => {
    const kennitala = freshKennitala();
    const create = async () => (await world.django.call("POST", "api/members/", { ssn: kennitala, ...person(kennitala) })).status;
    const [one, other] = await Promise.all([create(), create(), world.portal.put(kennitala, profileOf(kennitala))]);
    expect([one, other].filter((status) => status === 201)).toHaveLength(1);
    const first = await expectEqual(world, kennitala);
    expect([...(await world.django.standings()).keys()].filter((ssn) => ssn === kennitala)).toHaveLength(1);

    const tap = await world.bus.tap("member-changes-firestore");
    await world.portal.edit(kennitala, { "profile.name": "Fyrra líf" });
    await expectEqual(world, kennitala);
    await world.django.remove(kennitala);
    await expectEqual(world, kennitala);
    await world.django.create(kennitala, person(kennitala, { name: "Seinna líf" }));
    const second = await expectEqual(world, kennitala);
    expect(second.life.incarnation).toBeGreaterThan(first.life.incarnation);
    for (const message of tap.messages.filter(({ data }) => data.includes("Fyrra líf")))
      await world.bus.publish("member-changes-firestore", message);
    await world.portal.edit(kennitala, { "profile.phone": "5006202" });
    await expectEqual(world, kennitala);
    expect(await world.django.shown(kennitala)).toMatchObject({ name: "Seinna líf", contact_info: { phone: "5006202" } });
  });

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });
});
