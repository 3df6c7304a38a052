import { expect, test } from "vitest";
import { MemoryMemberDocuments } from "@member-sync/fakes/firestore/memory-member-documents.ts";
import type { DocumentChange } from "@member-sync/tracker/app/ports.ts";
import { createDocumentsServer } from "./documents-server.ts";

const BASE = "/v1/projects/p/databases/(default)/documents/members";
const phone = (value: string) => ({
  fields: { profile: { mapValue: { fields: { phone: { stringValue: value }, name: { stringValue: "Óþekkt" } } } } },
});

function server() {
  const documents = new MemoryMemberDocuments();
  const changes: DocumentChange[] = [];
  documents.onChange((change) => changes.push(change));
  return { app: createDocumentsServer(documents, "p"), documents, changes };
}

test("a patch with a mask writes these paths only, and its change is told with before and after", async () => {
  const { app, changes } = server();
  await app.inject({ method: "PATCH", url: `${BASE}/0101302989`, payload: phone("1") });
  const answer = await app.inject({
    method: "PATCH",
    url: `${BASE}/0101302989?updateMask.fieldPaths=profile.phone`,
    payload: { fields: { profile: { mapValue: { fields: { phone: { stringValue: "2" } } } } } },
  });
  expect(answer.json()).toMatchObject({
    name: expect.stringMatching(/members\/0101302989$/),
    fields: { profile: { mapValue: { fields: { phone: { stringValue: "2" }, name: { stringValue: "Óþekkt" } } } } },
  });
  expect(changes.at(-1)).toMatchObject({ before: { data: { profile: { phone: "1" } } }, after: { data: { profile: { phone: "2" } } } });
});

test("a masked path that the body lacks is removed", async () => {
  const { app, documents } = server();
  await app.inject({ method: "PATCH", url: `${BASE}/1`, payload: phone("1") });
  await app.inject({ method: "PATCH", url: `${BASE}/1?updateMask.fieldPaths=profile.phone`, payload: { fields: {} } });
  expect(documents.get("1")?.data).toEqual({ profile: { name: "Óþekkt" } });
});

test("types go in and come out as they were", async () => {
  const { app } = server();
  const fields = {
    text: { stringValue: "Æ" },
    none: { nullValue: null },
    yes: { booleanValue: false },
    whole: { integerValue: "0" },
    part: { doubleValue: 1.5 },
    at: { timestampValue: "2026-01-02T03:04:05.000Z" },
    list: { arrayValue: { values: [{ integerValue: "1" }] } },
    empty: { mapValue: { fields: {} } },
  };
  await app.inject({ method: "PATCH", url: `${BASE}/1`, payload: { fields } });
  expect((await app.inject({ url: `${BASE}/1` })).json().fields).toEqual(fields);
});

test("a read can be masked, a list is paged, a removed document is gone", async () => {
  const { app } = server();
  for (const id of ["1", "2", "3"]) await app.inject({ method: "PATCH", url: `${BASE}/${id}`, payload: phone(id) });
  expect((await app.inject({ url: `${BASE}/1?mask.fieldPaths=profile.phone` })).json().fields).toEqual({
    profile: { mapValue: { fields: { phone: { stringValue: "1" } } } },
  });
  const page = (await app.inject({ url: `${BASE}?pageSize=2` })).json();
  expect([page.documents.length, page.nextPageToken]).toEqual([2, "2"]);
  expect((await app.inject({ url: `${BASE}?pageSize=2&pageToken=2` })).json().documents.length).toBe(1);
  expect((await app.inject({ method: "DELETE", url: `${BASE}/1` })).statusCode).toBe(200);
  expect((await app.inject({ url: `${BASE}/1` })).json()).toMatchObject({ error: { code: 404, status: "NOT_FOUND" } });
});

test("a delete that names JSON as its type and sends none is a delete", async () => {
  const { app, documents } = server();
  await app.inject({ method: "PATCH", url: `${BASE}/1`, payload: phone("1") });
  const answer = await app.inject({ method: "DELETE", url: `${BASE}/1`, headers: { "content-type": "application/json" } });
  expect([answer.statusCode, documents.get("1")]).toEqual([200, undefined]);
});

test.each([
  ["a body that is no object", "[]"],
  ["broken JSON", "{"],
  ["a type nobody knows", '{"fields":{"a":{"madeUpValue":1}}}'],
])("%s is a 400", async (_what, payload) => {
  const { app } = server();
  const answer = await app.inject({ method: "PATCH", url: `${BASE}/1`, payload, headers: { "content-type": "application/json" } });
  expect([answer.statusCode, answer.json().error.status]).toEqual([400, "INVALID_ARGUMENT"]);
});
