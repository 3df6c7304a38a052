import { createHttpDjango } from "@member-sync/django-adapter/adapters/django/http-django.ts";
import { djangoMembersContract } from "@member-sync/fakes/django/django-members.contract.ts";
import { staffOverRest } from "@member-sync/fakes/django/django-under-test.ts";
import type { InjectOptions } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

describe("members in Django: the stand-in, over HTTP", () => {
  const app = createStandIn({ token: "secret", nudgeUrl: "http://127.0.0.1:1/", nudgeSecret: "whsec_c2VjcmV0" });
  let url = "";
  beforeAll(async () => (url = await app.listen({ host: "127.0.0.1", port: 0 })));
  afterAll(() => app.close());
  djangoMembersContract(() => ({
    django: createHttpDjango({ url: `${url}/felagar`, token: () => "secret" }),
    staff: staffOverRest(async (method, path, payload) => {
      const request: InjectOptions = { method, url: `${MEMBERS}/${path}`, headers: { authorization: "Token secret" } };
      if (payload !== undefined) Object.assign(request, { payload });
      return { status: (await app.inject(request)).statusCode };
    }),
  }));
});

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

test("a change without a write id is an edit like any other: it is written at any revision, and waits in the outbox", async () => {
  const { call, apply, create } = standIn();
  await create();
  const change = { action: "update", changes: { "profile.phone": "3" } };
  expect(await apply(change)).toMatchObject({ status: "success", write_id: null, last_write_id: null, updated_fields: ["profile.phone"] });
  const { changes } = (await call("GET", `${SYNC}/changes/`)).body;
  expect(changes.at(-1)).toMatchObject({ action: "update", fields_changed: { phone: "3" }, actor: "api" });
});

test("a row that staff delete leaves its last change in the outbox", async () => {
  const { call, create } = standIn();
  await create();
  expect((await call("DELETE", `${MEMBERS}/${SSN}/`)).status).toBe(200);
  const { changes } = (await call("GET", `${SYNC}/changes/`)).body;
  expect(changes[1]).toMatchObject({ action: "delete", life: "missing", record: null, revision: 2 });
});

test("every answer about members names the lineage, and members are read in groups by kennitölur in the body", async () => {
  const { call, create } = standIn();
  await create();
  const { lineage } = (await call("GET", `${SYNC}/status/`)).body;
  for (const path of ["changes", "members", `member/${SSN}`]) expect((await call("GET", `${SYNC}/${path}/`)).body.lineage).toBe(lineage);
  const read = await call("POST", `${SYNC}/members/read/`, { ssn: ["010130-2989", SSN, "0202303069"] });
  expect(read.body).toMatchObject({
    count: 2,
    lineage,
    members: [
      { ssn: SSN, life: "alive" },
      { ssn: "0202303069", life: "missing", revision: 0 },
    ],
  });
  expect((await call("POST", `${SYNC}/members/read/`, { ssn: ["abc"] })).status).toBe(400);
  expect((await call("POST", `${SYNC}/members/read/`, { ssn: Array.from({ length: 501 }, () => SSN) })).status).toBe(413);
  expect((await call("POST", `${SYNC}/apply/`, { changes: [] })).body).toEqual({ results: [], lineage, now: expect.stringMatching(/Z$/) });
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
