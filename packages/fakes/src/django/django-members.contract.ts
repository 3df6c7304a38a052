import type { Scalar } from "@member-sync/shared/member/member-record.ts";
import { expect, test } from "vitest";
import type { Change, DjangoMembers, DjangoUnderTest, OutboxRow, Result } from "./django-under-test.ts";
import { STATUS_PATH } from "./host.ts";

/** A column without a row of its own shows null, one with a row what the row holds. */
const EMPTY = expect.toBeOneOf([null, ""]);

let used = 0;
const newId = () => `010130${String((used += 1)).padStart(4, "0")}`;
const writeIdOf = () => `w-${newId()}`;

/** The behaviour of every implementation of `DjangoMembers`. `open` is called for each test and may give the same one again. */
export function djangoMembersContract(open: () => DjangoUnderTest): void {
  const apply = async (change: Partial<Change> & Pick<Change, "kennitala">): Promise<Result> => {
    const whole: Change = { djangoId: null, action: "update", changes: {}, writeId: writeIdOf(), expectedRevision: null, ...change };
    const [result, ...more] = await open().django.apply([whole]);
    if (result === undefined || more.length > 0) throw new Error("one change has one result");
    expect(result.writeId).toBe(whole.writeId);
    return result;
  };
  const rowsOf = async (...ssns: readonly string[]): Promise<readonly OutboxRow[]> => {
    const found: OutboxRow[] = [];
    for (let after: number | null = 0; after !== null;) {
      const page: Awaited<ReturnType<DjangoMembers["pendingChanges"]>> = await open().django.pendingChanges(after, 500);
      found.push(...page.rows.filter(({ ssn }) => ssns.includes(ssn)));
      after = page.next;
    }
    return found;
  };
  const rowOf = async (ssn: string): Promise<OutboxRow> => {
    const row = (await rowsOf(ssn)).at(-1);
    if (row === undefined) throw new Error("the outbox has no row of the member");
    return row;
  };
  /** A member of staff's making whose rows are marked: its revision. */
  const known = async (ssn: string, values: Readonly<Record<string, Scalar>> = {}): Promise<number> => {
    const { django, staff } = open();
    await staff.create(ssn, { "profile.name": "Þóra", "profile.email": "a@example.is", ...values });
    const rows = await rowsOf(ssn);
    await django.markSynced(rows.map(({ id }) => id));
    return Number(rows.at(-1)?.revision);
  };

  test("an edit by staff stays in the outbox with the member's current state until it is marked", async () => {
    const { django, staff } = open();
    const ssn = newId();
    await known(ssn);
    await staff.edit(ssn, { "profile.phone": "555 1234" });
    const row = await rowOf(ssn);
    expect(row).toMatchObject({ life: "alive", writeId: null, record: { profile: { kennitala: ssn, name: "Þóra", phone: "555 1234" } } });
    expect([row.fieldsChanged, typeof row.djangoId, Number.isInteger(row.createdAt)]).toEqual([["phone"], "number", true]);
    expect((await rowOf(ssn)).id).toBe(row.id);
    expect(await django.markSynced([row.id])).toBe(1);
    expect(await rowsOf(ssn)).toEqual([]);
    expect(await django.markSynced([row.id, 999_999_999])).toBe(0);
  });

  test("each edit has a row of its own, and all rows show the member's current state", async () => {
    const ssn = newId();
    const revision = await known(ssn, { "address.city": "Vík" });
    await open().staff.edit(ssn, { "profile.phone": "1" });
    await open().staff.edit(ssn, { "address.city": "Höfn", "address.street": "Gata 1" });
    const rows = await rowsOf(ssn);
    expect(rows.map((row) => [...row.fieldsChanged].sort())).toEqual([["phone"], ["city", "street"]]);
    expect(new Set(rows.map((row) => row.revision)).size).toBe(1);
    expect(Number(rows[0]?.revision)).toBeGreaterThanOrEqual(revision + 2);
    for (const { record } of rows) expect(record).toMatchObject({ profile: { phone: "1" }, address: { city: "Höfn" } });
    expect(rows.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).toSorted((a, b) => a - b));
  });

  test("pages of the outbox follow on each other, and say when there is no more", async () => {
    const { django, staff } = open();
    const ssns = [newId(), newId(), newId()];
    for (const ssn of ssns) await staff.create(ssn, { "profile.name": "Þóra" });
    const from = Math.min(...(await rowsOf(...ssns)).map(({ id }) => id)) - 1;
    const first = await django.pendingChanges(from, 2);
    expect([first.rows.map(({ ssn }) => ssn), first.next]).toEqual([ssns.slice(0, 2), first.rows[1]?.id]);
    const last = await django.pendingChanges(first.next ?? 0, 2);
    expect([last.rows.map(({ ssn }) => ssn), last.next]).toEqual([ssns.slice(2), null]);
    const status = await django.status();
    expect(status.pending).toBeGreaterThanOrEqual(3);
    expect(status.oldestPendingAt).toBeLessThanOrEqual(first.rows[0]?.createdAt ?? 0);
  });

  test("an edit that changes nothing leaves neither a row nor a revision", async () => {
    const ssn = newId();
    const revision = await known(ssn);
    await open().staff.edit(ssn, { "profile.name": "Þóra" });
    expect(await rowsOf(ssn)).toEqual([]);
    expect(await apply({ kennitala: ssn, expectedRevision: revision, changes: { "profile.name": "Ný" } })).toMatchObject({
      status: "success",
    });
  });

  test("a change at the expected revision is written, puts its id on the member, and does not come back as an edit", async () => {
    const ssn = newId();
    const revision = await known(ssn);
    const result = await apply({ kennitala: ssn, expectedRevision: revision, changes: { "profile.phone": "2", "profile.gender": 1 } });
    expect(result).toMatchObject({ status: "success", errors: {}, life: "alive", lastWriteId: result.writeId, lastWriteErrors: {} });
    expect(result).toMatchObject({ record: { profile: { name: "Þóra", phone: "2", gender: 1 } } });
    expect(Number(result.revision)).toBeGreaterThan(revision);
    expect(result.changedAt).toEqual(expect.any(Number));
    expect(await rowsOf(ssn)).toEqual([]);
  });

  test.each([-1, 1, 7])("a change at another revision (%i off) is stale, writes nothing, and shows what is there", async (off) => {
    const ssn = newId();
    const revision = await known(ssn);
    const landed = await apply({ kennitala: ssn, expectedRevision: revision, changes: { "profile.phone": "3" } });
    const result = await apply({ kennitala: ssn, expectedRevision: Number(landed.revision) + off, changes: { "profile.phone": "4" } });
    expect(result).toMatchObject({
      status: "stale",
      revision: landed.revision,
      lastWriteId: landed.writeId,
      record: { profile: { phone: "3" } },
    });
  });

  test("equal contents at a newer revision are stale too", async () => {
    const ssn = newId();
    const revision = await known(ssn);
    await open().staff.edit(ssn, { "profile.phone": "5" });
    await open().staff.edit(ssn, { "profile.phone": null });
    expect(await apply({ kennitala: ssn, expectedRevision: revision, changes: { "profile.phone": "6" } })).toMatchObject({
      status: "stale",
    });
  });

  test("a write id is carried out once: it answers the same way ever after, and shows the member's current state", async () => {
    const ssn = newId();
    const expectedRevision = await known(ssn);
    const change = { kennitala: ssn, expectedRevision, writeId: writeIdOf(), changes: { "profile.phone": "7", "profile.email": "no" } };
    const first = await apply(change);
    const { status, revision, record, errors, lastWriteId } = first;
    expect(await apply(change)).toMatchObject({ status, revision, record, errors, lastWriteId });
    await open().staff.edit(ssn, { "profile.phone": "8" });
    const again = await apply(change);
    expect(again).toMatchObject({
      status: "success",
      record: { profile: { phone: "8" } },
      errors: { "profile.email": { code: "invalid" } },
    });
    expect(Number(again.revision)).toBeGreaterThan(Number(first.revision));
    await open().staff.remove(ssn);
    expect(await apply(change)).toMatchObject({ status: "success", life: "missing", record: null });
  });

  test("a write id of another member is an error, and writes nothing", async () => {
    const [ssn, other] = [newId(), newId()];
    const { writeId } = await apply({ kennitala: ssn, expectedRevision: await known(ssn), changes: { "profile.phone": "9" } });
    const expectedRevision = await known(other);
    expect(await apply({ kennitala: other, expectedRevision, writeId, changes: { "profile.phone": "9" } })).toMatchObject({
      status: "error",
    });
    expect(await apply({ kennitala: other, expectedRevision })).toMatchObject({ status: "success", revision: String(expectedRevision) });
  });

  test("a create lands where there was never anybody, once", async () => {
    const ssn = newId();
    const create = { kennitala: ssn, action: "create", changes: { "profile.name": "Ný", [STATUS_PATH]: "active" } } as const;
    const created = await apply(create);
    expect(created).toMatchObject({
      status: "success",
      life: "alive",
      record: { profile: { name: "Ný" }, membership: { status: "active" } },
    });
    expect([created.djangoId, await rowsOf(ssn)]).toEqual([expect.any(Number), []]);
    expect(await apply({ ...create, changes: { "profile.name": "Önnur" } })).toMatchObject({
      status: "stale",
      record: { profile: { name: "Ný" } },
    });
  });

  test("a removed member leaves a tombstone: a late create is stale, one that knows of the removal begins a new row", async () => {
    const ssn = newId();
    const first = await apply({ kennitala: ssn, action: "create", changes: { "profile.name": "Fyrri", "profile.phone": "1" } });
    await open().staff.remove(ssn);
    const gone = await rowOf(ssn);
    expect(gone).toMatchObject({ life: "missing", record: null, djangoId: first.djangoId, writeId: first.writeId });
    expect(Number(gone.revision)).toBeGreaterThan(Number(first.revision));
    const create = { kennitala: ssn, action: "create", changes: { "profile.name": "Seinni" } } as const;
    expect(await apply(create)).toMatchObject({ status: "stale", life: "missing", revision: gone.revision });
    const second = await apply({ ...create, expectedRevision: Number(gone.revision) });
    expect(second).toMatchObject({ status: "success", life: "alive", record: { profile: { name: "Seinni" } } });
    expect(second.djangoId).not.toBe(first.djangoId);
    expect(Number(second.revision)).toBeGreaterThan(Number(gone.revision));
  });

  test("an update of a removed member is answered: not found", async () => {
    const ssn = newId();
    const revision = await known(ssn);
    await open().staff.remove(ssn);
    const update = { kennitala: ssn, changes: { "profile.name": "Ný" } };
    expect(await apply({ ...update, expectedRevision: revision })).toMatchObject({ status: "stale", life: "missing" });
    const result = await apply({ ...update, expectedRevision: Number((await rowOf(ssn)).revision) });
    expect([result.status, result.life]).toEqual(["error", "missing"]);
    expect(result.message).toMatch(/not found/i);
  });

  test("a delete deactivates and writes nothing else, and a status brings back", async () => {
    const ssn = newId();
    const revision = await known(ssn);
    const besides = { "profile.phone": "1", "profile.email": "no address" };
    const deleted = await apply({ kennitala: ssn, action: "delete", expectedRevision: revision, changes: besides });
    expect(deleted).toMatchObject({
      status: "success",
      errors: {},
      life: "deleted",
      record: { profile: { name: "Þóra" }, membership: { status: "inactive" } },
    });
    const revived = await apply({ kennitala: ssn, expectedRevision: Number(deleted.revision), changes: { [STATUS_PATH]: "active" } });
    expect(revived).toMatchObject({ status: "success", life: "alive" });
  });

  test("a delete of a member without a row is done, and puts its id on the member", async () => {
    const [removed, stranger] = [newId(), newId()];
    await known(removed);
    await open().staff.remove(removed);
    const { revision } = await rowOf(removed);
    const ofRemoved = await apply({ kennitala: removed, action: "delete", expectedRevision: Number(revision) });
    expect(ofRemoved).toMatchObject({ status: "success", life: "missing", revision, lastWriteId: ofRemoved.writeId });
    expect(ofRemoved).not.toHaveProperty("lastWriteErrors");
    const ofStranger = await apply({ kennitala: stranger, action: "delete" });
    expect(ofStranger).toMatchObject({
      status: "success",
      life: "missing",
      revision: "0",
      lastWriteId: ofStranger.writeId,
      djangoId: null,
    });
  });

  test("rejected values are named by path, the rest is written, and the rejections are shown until the next write", async () => {
    const ssn = newId();
    const revision = await known(ssn);
    const changes = { "profile.phone": "1", "profile.email": "no address", "profile.facebook": "x".repeat(251), "profile.shoe": 1 };
    const result = await apply({ kennitala: ssn, expectedRevision: revision, changes });
    expect(result).toMatchObject({ status: "success", record: { profile: { phone: "1", email: "a@example.is" } } });
    const codes = Object.entries(result.errors).map(([path, { code }]) => [path, code]);
    expect(Object.fromEntries(codes)).toEqual({ "profile.email": "invalid", "profile.facebook": "too_long", "profile.shoe": "unmapped" });
    await open().staff.edit(ssn, { "profile.name": "Ný" });
    const row = await rowOf(ssn);
    expect(row).toMatchObject({ writeId: result.writeId, writeErrors: result.errors });
    const next = await apply({ kennitala: ssn, expectedRevision: Number(row.revision), changes: { "profile.phone": "2" } });
    expect(next.lastWriteErrors).toEqual({});
  });

  test("the address is rejected as one", async () => {
    const ssn = newId();
    const changes = { "address.street": "Gata 2", "address.city": "x".repeat(101), "profile.phone": "1" };
    const result = await apply({ kennitala: ssn, expectedRevision: await known(ssn), changes });
    expect(result).toMatchObject({ status: "success", record: { profile: { phone: "1" } } });
    expect(Object.keys(result.errors).sort()).toEqual(["address.city", "address.street"]);
    expect(new Set(Object.values(result.errors).map(({ code }) => code))).toEqual(new Set(["too_long"]));
  });

  test("where every value is rejected nothing is written, and the write id is answered so ever after", async () => {
    const ssn = newId();
    const revision = await known(ssn);
    const change = { kennitala: ssn, expectedRevision: revision, writeId: writeIdOf(), changes: { "profile.gender": "?" } };
    const rejected = {
      status: "rejected",
      revision: String(revision),
      lastWriteId: null,
      errors: { "profile.gender": { code: "invalid" } },
    };
    expect(await apply(change)).toMatchObject(rejected);
    expect(await apply(change)).toMatchObject(rejected);
  });

  test("no member is created without a name, and no name is cleared", async () => {
    const [ssn, named] = [newId(), newId()];
    const nameless = await apply({ kennitala: ssn, action: "create", changes: { "profile.phone": "1" } });
    expect(nameless).toMatchObject({ status: "rejected", life: "missing", revision: "0", record: null, djangoId: null });
    expect(nameless.errors).toMatchObject({ "profile.name": { code: "required" } });
    const cleared = await apply({ kennitala: named, expectedRevision: await known(named), changes: { "profile.name": null } });
    expect(cleared).toMatchObject({
      status: "rejected",
      errors: { "profile.name": { code: "required" } },
      record: { profile: { name: "Þóra" } },
    });
  });

  test("null clears, as null or as an empty text", async () => {
    const ssn = newId();
    const expectedRevision = await known(ssn, { "profile.phone": "1", "profile.birthday": "1930-01-01" });
    const changes = { "profile.email": null, "profile.phone": null, "profile.birthday": null };
    const { record } = await apply({ kennitala: ssn, expectedRevision, changes });
    expect(record).toMatchObject({ profile: { email: null, phone: "", birthday: null } });
  });

  test("a write that changes nothing keeps the revision, and puts its id on the member", async () => {
    const ssn = newId();
    const expectedRevision = await known(ssn);
    const result = await apply({ kennitala: ssn, expectedRevision, changes: { "profile.name": "Þóra" } });
    expect(result).toMatchObject({ status: "success", revision: String(expectedRevision), lastWriteId: result.writeId });
  });

  test("an edit after a write leaves the write's id on the member", async () => {
    const ssn = newId();
    const { writeId } = await apply({ kennitala: ssn, expectedRevision: await known(ssn), changes: { "profile.phone": "1" } });
    await open().staff.edit(ssn, { "profile.phone": "2" });
    expect(await rowOf(ssn)).toMatchObject({ writeId, record: { profile: { phone: "2" } } });
  });

  test("changes of one request succeed or fail individually, two of one member in their order", async () => {
    const [good, stale, bare] = [newId(), newId(), newId()];
    const [revision, other] = [await known(good), await known(stale)];
    const change = (kennitala: string, expectedRevision: number | null, phone: string): Change => ({
      kennitala,
      djangoId: null,
      action: "update",
      changes: { "profile.phone": phone },
      writeId: writeIdOf(),
      expectedRevision,
    });
    const changes = [change(good, revision, "1"), change(stale, other + 1, "2"), change(bare, null, "3"), change(good, revision, "4")];
    const results = await open().django.apply(changes);
    const statuses = changes.map(({ writeId }) => results.find((result) => result.writeId === writeId)?.status);
    expect(statuses).toEqual(["success", "stale", "rejected", "stale"]);
    expect(results.at(-1)).toMatchObject({ record: { profile: { phone: "1" } } });
  });

  test("a record carries every column, an empty one as null or as an empty text", async () => {
    const ssn = newId();
    const { record } = await apply({ kennitala: ssn, action: "create", changes: { "profile.name": "Ný" } });
    expect(record).toEqual({
      profile: { kennitala: ssn, name: "Ný", email: null, phone: EMPTY, birthday: null, gender: null, facebook: EMPTY },
      address: { street: EMPTY, postal_code: EMPTY, city: EMPTY },
      membership: { status: "active" },
    });
  });

  test("every answer about members names the lineage, and a change for another one is stale at the very revision it expects", async () => {
    const ssn = newId();
    const expectedRevision = await known(ssn);
    await open().staff.edit(ssn, { "profile.phone": "1" });
    const { lineage = "", revision } = await rowOf(ssn);
    expect(lineage).not.toBe("");
    const change = { kennitala: ssn, expectedRevision: Number(revision), changes: { "profile.phone": "2" } };
    expect(await apply({ ...change, lineage: "another" })).toMatchObject({
      status: "stale",
      lineage,
      revision,
      record: { profile: { phone: "1" } },
    });
    expect(await apply({ ...change, lineage })).toMatchObject({ status: "success", lineage });
    expect(expectedRevision).toBeLessThan(Number(revision));
  });

  test("a create without a lineage that was emitted before this history began is stale", async () => {
    const [ssn, other, there] = [newId(), newId(), newId()];
    const create = { action: "create", changes: { "profile.name": "Ný" } } as const;
    const early = { ...create, kennitala: ssn, emittedAt: Date.parse("2020-01-01T00:00:00Z") };
    const stale = await apply(early);
    expect(stale).toMatchObject({ status: "stale", life: "missing", revision: "0", lineage: expect.any(String) });
    expect(await apply({ ...early, lineage: stale.lineage ?? "" })).toMatchObject({ status: "success", life: "alive" });
    expect(await apply({ ...create, kennitala: other, emittedAt: Date.now() + 1000 })).toMatchObject({ status: "success" });
    const update = { kennitala: there, expectedRevision: await known(there), changes: { "profile.phone": "1" } };
    expect(await apply({ ...update, emittedAt: early.emittedAt })).toMatchObject({ status: "success" });
  });

  test("a cancelled write id is never applied; one that was applied stays so", async () => {
    const ssn = newId();
    const expectedRevision = await known(ssn);
    const change = { kennitala: ssn, expectedRevision, writeId: writeIdOf(), changes: { "profile.phone": "1" } };
    const cancelled = { status: "rejected", revision: String(expectedRevision), lastWriteId: null };
    expect(await apply({ ...change, action: "cancel", changes: {} })).toMatchObject(cancelled);
    expect(await apply(change)).toMatchObject(cancelled);
    const { writeId } = await apply({ ...change, writeId: writeIdOf() });
    expect(await apply({ ...change, writeId, action: "cancel" })).toMatchObject({ status: "success", lastWriteId: writeId });
  });

  test("members are read in groups, also those who are not there", async () => {
    const [there, removed, stranger] = [newId(), newId(), newId()];
    const revision = await known(there);
    await known(removed);
    await open().staff.remove(removed);
    const found = await open().django.readMembers([there, removed, stranger]);
    const byId = new Map(found.map((one) => [one.kennitala, one]));
    expect(byId.get(there)).toMatchObject({ life: "alive", revision: String(revision), record: { profile: { name: "Þóra" } } });
    expect(byId.get(removed)).toMatchObject({ life: "missing", revision: (await rowOf(removed)).revision, record: null });
    expect(byId.get(stranger)).toMatchObject({ life: "missing", revision: "0", record: null, djangoId: null });
  });
}
