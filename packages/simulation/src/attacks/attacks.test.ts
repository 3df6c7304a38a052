import { describe, expect, test } from "vitest";
import { Bench, knownMember } from "./bench.ts";

const DAY = 86_400_000;
const EMAIL = "profile.email";
const WHOLE = { [EMAIL]: "e0@daemi.is", "address.street": "Gata 0" };

/** What people tried who meant harm, or did not think of us; each attack got something through once. */

describe("a portal that replaces the document clears nothing in Django", () => {
  test("while a deactivation is on its way", async () => {
    const bench = await knownMember();
    bench.staff({ "membership.status": "inactive" });
    const command = await bench.until("tracker-apply");
    bench.set({ profile: { name: "Nafn 0" } });
    bench.deliver(command);
    await bench.rest();
    expect(bench.row()).toMatchObject(WHOLE);
  });

  test("the thirteenth time, a month after the last", async () => {
    const bench = await knownMember();
    for (let time = 1; time <= 13; time += 1) {
      bench.set({ profile: { name: `Nafn ${time}` } });
      await bench.rest(1);
      bench.pass(30 * DAY);
    }
    await bench.rest();
    expect(bench.row()).toMatchObject(WHOLE);
  });

  test("the thirteenth time in a row, of the profile alone, with a staff edit of something else after it", async () => {
    const bench = await knownMember();
    for (let time = 1; time <= 13; time += 1) {
      bench.update({ profile: { name: `Nafn ${time}` } });
      await bench.rest(1);
    }
    bench.staff({ "address.city": "Bær 9" });
    await bench.rest();
    expect(bench.row()).toMatchObject({ [EMAIL]: "e0@daemi.is" });
  });

  test("heard by a tracker that does not map the address yet", async () => {
    const bench = await knownMember();
    bench.deploy("tracker", "older");
    bench.set({ profile: { name: "Nafn 8" } });
    await bench.rest(1);
    bench.deploy("tracker", "newer");
    await bench.rest(1);
    await bench.lookAtAll();
    await bench.rest();
    expect(bench.row()).toMatchObject(WHOLE);
  });

  test("heard by a newer tracker and put back by an older one", async () => {
    const bench = await knownMember();
    bench.set({ profile: { name: "Nafn 9" } });
    const command = await bench.until("tracker-apply");
    bench.deploy("tracker", "older");
    bench.deliver(command);
    await bench.rest(1);
    bench.deploy("tracker", "newer");
    await bench.rest(1);
    await bench.lookAtAll();
    await bench.rest();
    expect(bench.row()).toMatchObject(WHOLE);
  });

  test("and then puts an old mark back", async () => {
    const bench = await knownMember();
    const old = bench.mark();
    bench.staff({ [EMAIL]: "e1@daemi.is" });
    await bench.rest(1);
    bench.set({ profile: { name: "Nafn 7" } });
    bench.update({ "metadata.sync": old, "profile.name": "Nafn 8" });
    await bench.rest();
    expect(bench.row()).toMatchObject({ "address.street": "Gata 0" });
  });
});

describe("a client that deletes metadata.sync alone", () => {
  test("gets it back", async () => {
    const bench = await knownMember();
    bench.update({ "metadata.sync": undefined });
    await bench.rest();
    expect({ mark: bench.world.markOf(0), sync: bench.inSync() }).toEqual({ mark: "valid", sync: true });
  });

  test("hides no clearing that a stale answer shows first", async () => {
    const bench = await knownMember();
    bench.update({ "metadata.sync": undefined });
    await bench.rest();
    bench.staff({ "profile.name": "Nafn 1" });
    const command = await bench.until("tracker-apply");
    bench.update({ [EMAIL]: undefined });
    const events = bench.takeEvents();
    bench.deliver(command);
    await bench.rest();
    bench.putEvents(events);
    await bench.rest();
    expect(bench.history("email")).toContainEqual(["firestore", null]);
  });
});

describe("protected paths answer no open question about the member's life (P8)", () => {
  test("of a member whom staff deactivated and whom a restored Django brings back", async () => {
    const bench = await knownMember();
    bench.dump("django");
    bench.staff({ "membership.status": "inactive" });
    await bench.rest(1);
    bench.restore("django");
    await bench.lookAtAll("django");
    await bench.rest(1);
    await bench.confirm("django");
    await bench.rest();
    bench.update({ "metadata.deleted_at": null, "membership.status": "active" });
    await bench.rest();
    expect(bench.open()).toEqual(["life"]);
  });

  test("of a registration that Django rejected", async () => {
    const bench = new Bench();
    bench.set({ profile: { name: "Nafn!", email: "e1@daemi.is" } });
    await bench.rest();
    bench.update({ "metadata.deleted_at": new Date(5) });
    await bench.rest();
    bench.update({ "profile.name": "Nafn 2" });
    await bench.rest();
    expect(bench.world.lifeOf("django", 0)).toBe("alive");
  });
});

describe("a deactivated member is not called in sync", () => {
  async function deactivated(): Promise<Bench> {
    const bench = await knownMember();
    bench.staff({ "membership.status": "inactive" });
    await bench.rest();
    return bench;
  }

  test("with an open conflict and two values", async () => {
    const bench = await deactivated();
    bench.staff({ [EMAIL]: "e1@daemi.is" });
    bench.update({ [EMAIL]: "e2@daemi.is" });
    await bench.rest();
    expect({ open: bench.open(), sync: bench.inSync() }).toEqual({ open: ["email"], sync: false });
  });

  test("with an accepted edit that waits for a pause to end", async () => {
    const bench = await deactivated();
    await bench.pause();
    bench.update({ [EMAIL]: "e2@daemi.is" });
    await bench.rest();
    expect({ django: bench.row()?.[EMAIL], sync: bench.inSync() }).toEqual({ django: "e0@daemi.is", sync: false });
  });

  test("with a deleted_at of their own, which is put back", async () => {
    const bench = await deactivated();
    bench.update({ "metadata.deleted_at": new Date(5) });
    await bench.rest();
    expect(bench.document()?.["metadata.deleted_at"]).not.toEqual(new Date(5));
  });
});

describe("an operator, or a member, in a hurry", () => {
  test("a conflict of a deactivated member closes when both sides remove them (A.9)", async () => {
    const bench = await knownMember({ kind: "manual" });
    bench.staff({ "membership.status": "inactive" });
    await bench.rest(1);
    bench.staff({ "profile.name": "Nafn 5" });
    bench.update({ "profile.name": "Nafn 6" });
    await bench.rest(1);
    bench.staffRemove();
    await bench.rest(1);
    bench.remove();
    await bench.rest();
    expect(bench.open()).toEqual([]);
  });

  test("a second confirmation with a mistyped lineage hides no edit", async () => {
    const bench = await knownMember();
    bench.dump("django");
    bench.restore("django");
    await bench.lookAtAll("django");
    await bench.rest(1);
    await bench.confirm("django");
    await bench.rest(1);
    await bench.confirm("django", "lineage-22");
    bench.staff({ [EMAIL]: "e2@daemi.is" });
    await bench.rest();
    const isHidden = bench.document()?.[EMAIL] === "e0@daemi.is" && bench.inSync();
    expect(isHidden).toBe(false);
  });

  test("a member's own metadata.django_id on an unlinked document costs no row of writes", async () => {
    const bench = new Bench();
    bench.set({ profile: { name: "Nafn!" } });
    await bench.rest(1);
    bench.update({ "metadata.django_id": "x" });
    await bench.rest();
    expect(bench.world.hubOf(0)?.sides.firestore?.putBacks ?? 0).toBeLessThan(3);
  });
});
