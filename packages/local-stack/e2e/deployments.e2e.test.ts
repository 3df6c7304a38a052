import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PATHS } from "../src/paths.ts";
import { expectEntry, expectInSync, expectQuiet } from "./world/equality.ts";
import { eventually } from "./world/eventually.ts";
import { freshKennitala, person } from "./world/people.ts";
import { portalClients, type PortalClient } from "./world/portal-clients.ts";
import { expectShown, knownMember, onlyConflict, readBothSides } from "./world/scenes.ts";
import { openWorld, type Part, type World } from "./world/world.ts";

const BEFORE = fileURLToPath(new URL("./world/member-sync.without-facebook.config.ts", import.meta.url));
const SERVICES = ["tracker", "djangoAdapter", "reconciler"] as const satisfies readonly Part[];

/** Services, and Django, that run with different field maps for a while. */
describe("Deployments", () => {
  let world: World;
  let web: PortalClient;
  beforeAll(async () => {
    const before = { MEMBER_SYNC_CONFIG: BEFORE };
    world = await openWorld({
      env: { tracker: before, djangoAdapter: before, reconciler: before, django: { MEMBER_SYNC_UNMAPPED: "profile.facebook" } },
    });
    web = portalClients(world)("the web SDK");
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const deploy = (part: (typeof SERVICES)[number], config: string) => world.deploy(part, { MEMBER_SYNC_CONFIG: config });

  const facebookOf = async (kennitala: string) => (await world.portal.document(kennitala))?.["profile"].facebook ?? null;
  const storedFacebook = async (kennitala: string) => (await world.django.shown(kennitala))?.contact_info.facebook;

  /** A member of the time before the field was mapped, with what each side holds of it. */
  async function oldMember(staffs: string, members: string | undefined): Promise<string> {
    const kennitala = freshKennitala();
    const { contact_info } = person(kennitala);
    await world.django.create(kennitala, person(kennitala, { contact_info: { ...contact_info, facebook: staffs } }));
    await eventually("the document", async () => expect(await world.api.member(kennitala)).toMatchObject({ inSync: true }));
    if (members !== undefined) {
      await web.update(kennitala, { "profile.facebook": members });
      await expectEntry(world, kennitala, { group: "profile.facebook", outcome: "unmapped" });
    }
    return kennitala;
  }

  test("A.1. A newly mapped field: nothing is overwritten in silence, what one side lacks is filled, what differs goes by policy", async () => {
    const differing = await oldMember("of.staff", "of.the.member");
    const edited = await oldMember("edited.of.staff", "edited.of.the.member");
    const staffsOnly = await oldMember("only.of.staff", undefined);
    const membersOnly = await oldMember("", "only.of.the.member");
    const equal = await oldMember("the.same", "the.same");

    // The config comes before Django's FIELDS.
    for (const service of SERVICES) await deploy(service, PATHS.config);
    await web.update(edited, { "profile.phone": "5510000" });
    await expectShown(world, edited, { contact_info: { phone: "5510000" } });
    expect(await world.api.conflicts("open")).toEqual([]);
    await world.deploy("django", { MEMBER_SYNC_UNMAPPED: "" });

    await world.django.edit(edited, { contact_info: { phone: "5510001" } });
    await eventually("staff's phone in the document", async () =>
      expect(await world.portal.document(edited)).toMatchObject({ profile: { phone: "5510001" } }),
    );
    expect([await facebookOf(edited), await storedFacebook(edited)]).toEqual(["edited.of.the.member", "edited.of.staff"]);

    await readBothSides(world);
    for (const [kennitala, staffs, members] of [
      [differing, "of.staff", "of.the.member"],
      [edited, "edited.of.staff", "edited.of.the.member"],
    ] as const) {
      const conflict = await onlyConflict(world, kennitala);
      expect(conflict).toMatchObject({ group: "facebook", django: { value: staffs }, firestore: { value: members } });
      expect([await facebookOf(kennitala), await storedFacebook(kennitala)]).toEqual([members, staffs]);
      expect((await world.api.resolve(conflict, { choice: "firestore" })).status).toBe(200);
      await expectShown(world, kennitala, { contact_info: { facebook: members } });
      await expectInSync(world, kennitala);
    }
    await eventually("what Django alone held", async () => expect(await facebookOf(staffsOnly)).toBe("only.of.staff"));
    await expectShown(world, membersOnly, { contact_info: { facebook: "only.of.the.member" } });
    for (const kennitala of [staffsOnly, membersOnly, equal]) await expectInSync(world, kennitala);
  });

  test("A.2. Two field maps at once: an edit that the older tracker captured is not overwritten, and crosses once the newer one reads it", async () => {
    const kennitala = await knownMember(world, { contact_info: { phone: null, email: null, facebook: "agreed" } });
    await deploy("tracker", BEFORE);
    await web.update(kennitala, { "profile.facebook": "of.the.member", "profile.phone": "5520001" });
    await expectShown(world, kennitala, { contact_info: { phone: "5520001" } });
    await world.django.edit(kennitala, { contact_info: { email: "staff@example.is" } });
    await eventually("staff's e-mail in the document", async () =>
      expect(await world.portal.document(kennitala)).toMatchObject({ profile: { email: "staff@example.is" } }),
    );
    expect([await facebookOf(kennitala), await storedFacebook(kennitala)]).toEqual(["of.the.member", "agreed"]);

    await deploy("tracker", PATHS.config);
    await readBothSides(world);
    await expectShown(world, kennitala, { contact_info: { facebook: "of.the.member" } });
    await expectInSync(world, kennitala);
    await expectEntry(world, kennitala, { group: "facebook", outcome: "accepted", side: "firestore", value: "of.the.member" });
  });

  test("A.2. Two field maps at once: messages of a map that the older reconciler does not know wait for the newer one", async () => {
    const kennitala = await knownMember(world);
    await deploy("reconciler", BEFORE);
    await web.update(kennitala, { "profile.facebook": "while.rolled.back" });
    await eventually("a message of an unknown map", async () =>
      expect(await world.logs()).toContain("a message of a field map that this reconciler does not know yet"),
    );
    expect(await storedFacebook(kennitala)).toBe(person(kennitala).contact_info.facebook);
    await deploy("reconciler", PATHS.config);
    await expectShown(world, kennitala, { contact_info: { facebook: "while.rolled.back" } });
    await expectInSync(world, kennitala);
  });

  test("after all of them: quiet, and nothing lost", async () => {
    await expectQuiet(world);
  });
});
