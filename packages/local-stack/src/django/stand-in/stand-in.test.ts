import type { InjectOptions } from "fastify";
import { expect, test } from "vitest";
import { createStandIn } from "./start-stand-in.ts";

const SSN = "0101302989";
const SYNC = "/felagar/api/sync";
const MEMBERS = "/felagar/api/members";

function standIn() {
  const app = createStandIn({ token: "secret", nudgeUrl: "http://127.0.0.1:1/", nudgeSecret: "whsec_c2VjcmV0" });
  const call = async (method: "GET" | "POST" | "PATCH" | "DELETE", url: string, payload?: unknown) => {
    const request: InjectOptions = { method, url, headers: { authorization: "Token secret" } };
    if (payload !== undefined) Object.assign(request, { payload });
    const response = await app.inject(request);
    return { status: response.statusCode, body: response.json() };
  };
  const apply = async (change: Readonly<Record<string, unknown>>) =>
    (await call("POST", `${SYNC}/apply/`, { changes: [{ kennitala: SSN, django_id: null, ...change }] })).body.results[0];
  const create = () =>
    call("POST", `${MEMBERS}/`, {
      ssn: "010130-2989",
      name: "Þóra",
      contact_info: { phone: "1", email: "a@x.is" },
      address: { street: "Gata 1" },
    });
  return { app, call, apply, create };
}

test("without the token there is only 401", async () => {
  const { app } = standIn();
  for (const headers of [{}, { authorization: "Token secret2" }, { authorization: "Basic secret" }]) {
    expect((await app.inject({ url: `${SYNC}/status/`, headers })).statusCode).toBe(401);
  }
  expect((await app.inject({ url: `${SYNC}/status/`, headers: { authorization: "Bearer secret " } })).statusCode).toBe(200);
});

test("an edit by staff waits in the outbox with the member as it stands, until it is marked", async () => {
  const { call, create } = standIn();
  expect((await create()).status).toBe(201);
  await call("PATCH", `${MEMBERS}/${SSN}/`, { contact_info: { phone: "2" } });
  const { body } = await call("GET", `${SYNC}/changes/`);
  expect(body.changes.map(({ action, revision }: { action: string; revision: number }) => [action, revision])).toEqual([
    ["create", 2],
    ["update", 2],
  ]);
  expect(body.changes[1]).toMatchObject({ ssn: SSN, fields_changed: { phone: "2" }, life: "alive", actor: "user:1", write_id: null });
  expect(body.changes[1].record).toEqual({
    profile: { kennitala: SSN, name: "Þóra", email: "a@x.is", phone: "2", birthday: null, gender: null, facebook: "" },
    address: { street: "Gata 1", postal_code: "", city: "" },
    membership: { status: "active" },
  });
  expect((await call("POST", `${SYNC}/mark-synced/`, { sync_ids: [1, 2, 99] })).body).toEqual({ success: true, marked_synced: 2 });
  expect((await call("GET", `${SYNC}/status/`)).body).toMatchObject({ pending: 0, synced: 2, oldest_pending: null });
});

test("an edit that changes nothing, or is refused, leaves no trace", async () => {
  const { call, create } = standIn();
  await create();
  await call("PATCH", `${MEMBERS}/${SSN}/`, { name: "Þóra" });
  expect((await call("PATCH", `${MEMBERS}/${SSN}/`, { contact_info: { email: "nothing" } })).status).toBe(400);
  expect((await create()).status).toBe(409);
  expect((await call("PATCH", `${MEMBERS}/9999999999/`, {})).status).toBe(404);
  expect((await call("GET", `${SYNC}/status/`)).body.pending).toBe(1);
});

test("apply writes only at the expected revision, and never fills the outbox", async () => {
  const { call, apply, create } = standIn();
  await create();
  const change = { action: "update", changes: { "profile.phone": "3" }, write_id: "w1", expected_revision: 1 };
  expect(await apply(change)).toMatchObject({
    status: "success",
    revision: 2,
    write_id: "w1",
    last_write_id: "w1",
    updated_fields: ["profile.phone"],
    record: { profile: { phone: "3" } },
  });
  expect(await apply({ ...change, write_id: "w2" })).toMatchObject({ status: "stale", revision: 2, write_id: "w2", last_write_id: "w1" });
  expect(await apply(change), "the same write again").toMatchObject({ status: "success", revision: 2 });
  expect((await call("GET", `${SYNC}/status/`)).body.pending).toBe(1);
});

test("refused values are named by path, the rest is written; the address is refused as one", async () => {
  const { apply, create } = standIn();
  await create();
  const result = await apply({
    action: "update",
    changes: {
      "profile.phone": "4",
      "profile.email": "nothing",
      "address.street": "Gata 2",
      "address.city": "x".repeat(101),
      "profile.shoe": 1,
    },
    write_id: "w1",
    expected_revision: 1,
  });
  expect(result).toMatchObject({
    status: "success",
    record: { profile: { phone: "4", email: "a@x.is" }, address: { street: "Gata 1" } },
    errors: {
      "profile.email": { code: "invalid" },
      "address.street": { code: "too_long" },
      "address.city": { code: "too_long" },
      "profile.shoe": { code: "unmapped" },
    },
  });
  expect(await apply({ action: "update", changes: { "profile.gender": "?" }, write_id: "w2", expected_revision: 2 })).toMatchObject({
    status: "rejected",
    revision: 2,
  });
});

test("every answer about members names the lineage, and a change for another one is stale", async () => {
  const { call, apply, create } = standIn();
  await create();
  const { lineage } = (await call("GET", `${SYNC}/status/`)).body;
  for (const path of ["changes", "members", `member/${SSN}`]) expect((await call("GET", `${SYNC}/${path}/`)).body.lineage).toBe(lineage);
  expect((await call("POST", `${SYNC}/apply/`, { changes: [] })).body).toEqual({ results: [], lineage, now: expect.stringMatching(/Z$/) });
  const change = { action: "update", changes: { "profile.phone": "3" }, write_id: "w1", expected_revision: 1 };
  expect(await apply({ ...change, lineage: "other" })).toMatchObject({ status: "stale", revision: 1 });
  expect(await apply({ ...change, lineage })).toMatchObject({ status: "success", revision: 2 });
});

test("a cancelled write id is never applied", async () => {
  const { apply, create } = standIn();
  await create();
  const change = { action: "update", changes: { "profile.phone": "3" }, write_id: "w1", expected_revision: 1 };
  expect(await apply({ ...change, action: "cancel", changes: {} })).toMatchObject({ status: "rejected", revision: 1, last_write_id: null });
  expect(await apply(change)).toMatchObject({ status: "rejected", revision: 1, record: { profile: { phone: "1" } } });
});

test("members are read by kennitala in the body, also those that are not there", async () => {
  const { call, create } = standIn();
  await create();
  await call("DELETE", `${MEMBERS}/${SSN}/`);
  const { body } = await call("POST", `${SYNC}/members/read/`, { ssn: ["010130-2989", SSN, "0202303069"] });
  expect(body).toMatchObject({
    count: 2,
    members: [
      { ssn: SSN, life: "missing", revision: 2, record: null },
      { ssn: "0202303069", life: "missing", revision: 0, record: null },
    ],
  });
  expect((await call("POST", `${SYNC}/members/read/`, { ssn: ["abc"] })).status).toBe(400);
  expect((await call("POST", `${SYNC}/members/read/`, { ssn: Array.from({ length: 501 }, () => SSN) })).status).toBe(413);
});

test("create, deactivate, delete: life follows, and the revision survives the row", async () => {
  const { call, apply } = standIn();
  const create = { action: "create", changes: { "profile.name": "Ný" }, expected_revision: null };
  expect(await apply({ ...create, changes: {}, write_id: "w0" })).toMatchObject({
    status: "rejected",
    life: "missing",
    errors: { "profile.name": { code: "required" } },
  });
  expect(await apply({ ...create, write_id: "w1" })).toMatchObject({ status: "success", life: "alive", revision: 1, django_id: 1 });
  expect(await apply({ ...create, write_id: "w2" })).toMatchObject({ status: "stale" });
  expect(await apply({ action: "delete", write_id: "w3", expected_revision: 1 })).toMatchObject({
    status: "success",
    life: "deleted",
    revision: 2,
  });
  expect((await call("DELETE", `${MEMBERS}/${SSN}/`)).status).toBe(200);
  expect((await call("GET", `${SYNC}/changes/`)).body.changes[0]).toMatchObject({
    action: "delete",
    life: "missing",
    record: null,
    revision: 3,
  });
});

test("members are paged with digests that change with their members", async () => {
  const { call, create } = standIn();
  await create();
  const before = (await call("GET", `${SYNC}/members/?limit=1`)).body;
  expect([before.count, before.next, before.members[0].profile.name]).toEqual([1, SSN, "Þóra"]);
  const digests = async () => (await call("GET", `${SYNC}/digest/?buckets=4`)).body;
  const first = await digests();
  expect([first.count, first.buckets.length]).toEqual([1, 4]);
  await call("PATCH", `${MEMBERS}/${SSN}/`, { name: "Önnur" });
  expect(await digests()).not.toEqual(first);
  expect((await call("GET", `${SYNC}/member/010130-2989/`)).body).toMatchObject({ ssn: SSN, profile: { name: "Önnur" }, revision: 2 });
});

test("bulk creates all or none", async () => {
  const { call } = standIn();
  const members = [{ ssn: "0101302989", name: "A" }, { ssn: "0101302999" }];
  expect((await call("POST", `${MEMBERS}/bulk/`, { members })).status).toBe(400);
  expect((await call("GET", `${MEMBERS}/`)).body.members).toEqual([]);
  expect((await call("POST", `${MEMBERS}/bulk/`, { members: members.slice(0, 1) })).body).toEqual({ created: 1 });
});

test("a delete that names JSON as its type and sends none is a delete", async () => {
  const { app, call, create } = standIn();
  await create();
  const headers = { authorization: "Token secret", "content-type": "application/json" };
  expect((await app.inject({ method: "DELETE", url: `${MEMBERS}/${SSN}/`, headers })).statusCode).toBe(200);
  expect((await call("GET", `${MEMBERS}/${SSN}/`)).status).toBe(404);
});
