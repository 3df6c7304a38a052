import { randomUUID } from "node:crypto";
import { copyFile, rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { expectEntry, expectEqual, expectInSync, expectQuiet } from "./world/equality.ts";
import { eventually } from "./world/eventually.ts";
import { person } from "./world/people.ts";
import { portalClients, type PortalClient } from "./world/portal-clients.ts";
import { expectShown, knownMember, readBothSides } from "./world/scenes.ts";
import { openWorld, type World } from "./world/world.ts";

/** Revisions that go back, since a side was restored, and revisions of the future. */
describe("Revisions", () => {
  let world: World;
  let web: PortalClient;
  beforeAll(async () => {
    world = await openWorld();
    web = portalClients(world)("the web SDK");
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  describe("A.8. A revision of the future", () => {
    const envelope = z.looseObject({ items: z.array(z.looseObject({ memberRef: z.string(), revision: z.string() })) });

    test.each(["django", "firestore"] as const)("in a message of %s: it is dead-lettered, and freezes nobody", async (side) => {
      const changes = await world.bus.tap(`member-changes-${side}`);
      const kennitala = await knownMember(world);
      await (side === "django" ? world.django.edit(kennitala, { name: "Fyrir" }) : web.update(kennitala, { "profile.name": "Fyrir" }));
      const memberRef = await world.api.refOf(kennitala);
      const genuine = await eventually("a genuine message", () => {
        const found = changes.messages.find(({ data }) => data.includes(memberRef) && data.includes("Fyrir"));
        if (found === undefined) throw new Error("none of this member");
        return found;
      });
      await expectInSync(world, kennitala);
      const before = (await world.api.member(kennitala))?.[side]?.revision;

      const revision = "99999999999999999999";
      const { items, ...rest } = envelope.parse(JSON.parse(genuine.data));
      const forged = items.map((item) => ({
        ...item,
        id: `${side}:${item.memberRef}:${revision}`,
        revision,
        changedAt: Date.UTC(275_760, 0),
        record: { name: "Framtíð" },
      }));
      await world.bus.publish(`member-changes-${side}`, { ...genuine, data: JSON.stringify({ ...rest, items: forged }) });
      const letter = await eventually("its dead letter", async () => {
        const [found] = await world.api.deadLetters();
        if (found === undefined) throw new Error("no dead letter is open");
        return found;
      });
      expect(letter).toMatchObject({ cause: "future-revision", memberRef });
      expect((await world.api.member(kennitala))?.[side]?.revision).toBe(before);

      await world.django.edit(kennitala, { contact_info: { phone: "5580001" } });
      await eventually("staff's edit in the document", async () =>
        expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: "Fyrir", phone: "5580001" } }),
      );
      await web.update(kennitala, { "profile.facebook": "ekki.frosin" });
      await expectShown(world, kennitala, { name: "Fyrir", contact_info: { facebook: "ekki.frosin" } });
      await expectInSync(world, kennitala);
      const path = `/api/dead-letters/${encodeURIComponent(letter.id)}/discard`;
      expect((await world.api.call("POST", path, { reason: "forged by a test" })).status).toBe(200);
    });
  });

  /** Copies Django's database. What it returns puts the copy back, with nothing of the former database beside it. */
  async function copyOfDjango(): Promise<() => Promise<void>> {
    const suffix = randomUUID();
    const database = await world.django.python(
      ["name = connection.settings_dict['NAME']", `connection.cursor().execute("VACUUM INTO '%s.${suffix}'" % name)`, "print(name)"].join(
        "\n",
      ),
    );
    return async () => {
      for (const rest of ["-wal", "-shm", "-journal"]) await rm(`${database}${rest}`, { force: true });
      await copyFile(`${database}.${suffix}`, database);
    };
  }

  const expectSuspected = () =>
    eventually({ what: "the restore being suspected", withinMs: 5_000 }, async () =>
      expect((await world.api.call("GET", "/api/status")).body).toMatchObject({ suspicions: [{ side: "django" }] }),
    );

  const lineageOfDjango = () => world.django.python("from member_sync import lineage\nprint(lineage.current())");

  /** The operator's word; it names the lineage where one is given. */
  async function confirmRestore(named: { readonly lineage?: string } = {}): Promise<unknown> {
    const request = { side: "django", reason: "a copy was put back", ...named };
    const { status, body } = await world.api.call("POST", "/api/control/restores", request);
    expect(status).toBe(200);
    return body;
  }

  const PHONES = ["5530011", "5530012", "5530013"];

  /** A member as of a copy that was put back after three more edits, whom staff have edited since. */
  async function wentBack(): Promise<string> {
    const kennitala = await knownMember(world);
    const putBack = await copyOfDjango();
    for (const phone of PHONES) {
      await world.django.edit(kennitala, { contact_info: { phone } });
      await eventually("the phone in the document", async () =>
        expect(await world.portal.document(kennitala)).toMatchObject({ profile: { phone } }),
      );
    }
    await expectInSync(world, kennitala);
    await world.kill("django");
    await putBack();
    await world.restart("django");
    await world.django.edit(kennitala, { name: "Eftir Endurheimt" });
    return kennitala;
  }

  async function expectAsked(kennitala: string, groups: readonly string[]): Promise<void> {
    await eventually({ what: "what differs put before people", withinMs: 5_000 }, async () =>
      expect((await world.api.conflicts("open", kennitala)).map(({ group }) => group).toSorted()).toEqual(groups),
    );
    for (const conflict of await world.api.conflicts("open", kennitala)) {
      const choice = conflict.group === "name" ? "django" : "firestore";
      expect((await world.api.resolve(conflict, { choice })).status).toBe(200);
    }
    await expectInSync(world, kennitala);
    expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: "Eftir Endurheimt", phone: "5530013" } });
  }

  test("A.3. Django restored without a new lineage: it is noticed by the next command that goes there, and the edits of both sides are kept", async () => {
    const kennitala = await wentBack();
    await web.update(kennitala, { "profile.email": "portal.after@example.is" });
    await expectSuspected();
    expect(await confirmRestore()).toMatchObject({ side: "django", wasSuspected: true });
    await readBothSides(world);
    await expectAsked(kennitala, ["email", "name", "phone"]);
  });

  test("A.3. Django restored from a copy of its database: nothing is sent there and nothing is lost until an operator confirms it", async () => {
    const [stale, news, quiet] = [await knownMember(world), await knownMember(world), await knownMember(world)];
    const putBack = await copyOfDjango();
    await world.django.edit(stale, { contact_info: { phone: "5530001" } });
    await world.django.edit(stale, { contact_info: { phone: "5530002" } });
    await web.update(stale, { "profile.facebook": "after.the.copy" });
    await expectShown(world, stale, { contact_info: { facebook: "after.the.copy" } });
    await web.update(news, { "profile.facebook": "after.the.copy" });
    await expectShown(world, news, { contact_info: { facebook: "after.the.copy" } });
    for (const kennitala of [stale, news, quiet]) await expectInSync(world, kennitala);

    await world.kill("django");
    await putBack();
    await world.django.python("from django.core.management import call_command\ncall_command('member_sync_restored')");
    await world.restart("django");
    await world.django.edit(stale, { name: "Nafn Eftir Endurheimt" });
    await expectSuspected();
    await web.update(news, { "profile.email": "while.suspected@example.is" });
    await expectEntry(world, news, { group: "email", outcome: "accepted", value: "while.suspected@example.is" });
    expect(await world.django.shown(news)).toMatchObject({ contact_info: { email: person(news).contact_info.email } });
    expect(await world.portal.document(stale)).toMatchObject({
      profile: { name: person(stale).name, phone: "5530002", facebook: "after.the.copy" },
    });

    expect(await confirmRestore()).toMatchObject({ side: "django", wasSuspected: true });
    await readBothSides(world);
    for (const [kennitala, groups] of [
      [stale, ["facebook", "name", "phone"]],
      [news, ["email", "facebook"]],
      [quiet, []],
    ] as const) {
      await eventually("what differs put before people", async () =>
        expect((await world.api.conflicts("open", kennitala)).map(({ group }) => group).toSorted()).toEqual(groups),
      );
      await expectEntry(world, kennitala, { rule: "restore-confirmed", outcome: "restored" });
      for (const conflict of await world.api.conflicts("open", kennitala)) {
        const choice = conflict.group === "name" ? "django" : "firestore";
        expect((await world.api.resolve(conflict, { choice })).status).toBe(200);
      }
      await expectInSync(world, kennitala);
    }
    expect(await world.django.shown(stale)).toMatchObject({
      name: "Nafn Eftir Endurheimt",
      contact_info: { phone: "5530002", facebook: "after.the.copy" },
    });
    expect(await world.portal.document(stale)).toMatchObject({ profile: { name: "Nafn Eftir Endurheimt" } });
    expect(await world.django.shown(news)).toMatchObject({
      contact_info: { email: "while.suspected@example.is", facebook: "after.the.copy" },
    });
  });

  describe("A.3. Django restored without a new lineage, and no command goes there", () => {
    test("a backfill notices it, and what differs is put before people once it is confirmed", async () => {
      const kennitala = await wentBack();
      await readBothSides(world);
      await expectSuspected();
      expect(await confirmRestore()).toMatchObject({ side: "django", wasSuspected: true });
      await expectAsked(kennitala, ["name", "phone"]);
    });

    test("a backfill after the confirmation finds staff's edit", async () => {
      const kennitala = await wentBack();
      await confirmRestore({ lineage: await lineageOfDjango() });
      await readBothSides(world);
      await expectAsked(kennitala, ["name", "phone"]);
    });
  });

  describe("A.3. More than one restore", () => {
    test("members who came after the first confirmation make it suspected again", async () => {
      const kennitala = await wentBack();
      await web.update(kennitala, { "profile.email": "portal.after@example.is" });
      await expectSuspected();
      await confirmRestore({ lineage: await lineageOfDjango() });
      await expectAsked(kennitala, ["email", "name", "phone"]);
    });

    test("a second confirmation that names no lineage, with nothing suspected, leaves Django heard", async () => {
      const kennitala = await knownMember(world);
      onTestFinished(async () => {
        await confirmRestore({ lineage: await lineageOfDjango() });
        await readBothSides(world);
        await expectEqual(world, kennitala);
      });
      await confirmRestore();
      await world.django.edit(kennitala, { name: "Heyrist Enn" });
      await eventually({ what: "it in the document", withinMs: 5_000 }, async () =>
        expect(await world.portal.document(kennitala)).toMatchObject({ profile: { name: "Heyrist Enn" } }),
      );
    });
  });

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });
});
