import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { hashOfFieldMap, signatureOf } from "@member-sync/shared/member/field-map-signature.ts";
import { expect, test } from "vitest";
import { fieldMap, KENNITALA, KEY, MEMBER_REF, recordingPublisher, recordingTelemetry } from "../../test/recording.ts";
import { outboxRow, scriptedDjango, type ScriptedDjango } from "../../test/scripted-django.ts";
import { drainOutbox } from "./capture.ts";

function setUp(django: ScriptedDjango, pageSize = 100) {
  const publisher = recordingPublisher();
  const telemetry = recordingTelemetry();
  const drain = () => drainOutbox({ django, publisher, fieldMap, telemetry, memberRefKey: KEY, clock: () => 42, pageSize });
  return { publisher, telemetry, drain };
}

const ssns = ["0101302989", "0202302399", "0303302479"] as const;

test("a row becomes an observation of the whole member, published before the row is marked", async () => {
  const django = scriptedDjango([outboxRow(17, { ssn: "010130-2989", revision: "5", createdAt: 1_770_000_000_000, writeId: "w0" })]);
  const { publisher, drain } = setUp(django);
  publisher.before = () => void django.calls.push("publish");
  expect(await drain()).toEqual({ published: [{ memberRef: MEMBER_REF, revision: "5" }], rows: 1 });
  expect(django.calls).toEqual(["changes 0", "publish", "mark 17", "changes 0"]);
  expect(publisher.observations()).toEqual([
    {
      id: `django:${MEMBER_REF}:5`,
      side: "django",
      memberRef: MEMBER_REF,
      kennitala: KENNITALA,
      revision: "5",
      life: "alive",
      record: { name: "Anna", email: "anna@example.is", phone: null, address: null },
      changed: { email: { to: "anna@example.is" } },
      changedAt: 1_770_000_000_000,
      actor: "user:3",
      djangoId: 12,
      writeId: "w0",
    },
  ]);
});

test("a group that Django's settings do not map is unknown; one that is empty is cleared; of a missing member nothing is unknown", async () => {
  const record = { profile: { name: "Anna", email: "" }, address: { street: "Laugavegur 1", city: "" } };
  const django = scriptedDjango([outboxRow(1, { record }), outboxRow(2, { ssn: ssns[1], life: "missing", record: null })]);
  const { publisher, drain } = setUp(django);
  await drain();
  const [there, missing] = publisher.observations();
  expect([there?.record, there?.unknown]).toEqual([{ name: "Anna", email: null }, ["phone", "address"]]);
  expect(missing).not.toHaveProperty("unknown");
});

test("the lineage of Django's database and the error of its clock go along, and the envelope names the field map", async () => {
  const django = scriptedDjango([outboxRow(1, { lineage: "l1", clockErrorMs: 7 })]);
  const { publisher, drain } = setUp(django);
  await drain();
  expect(publisher.observations()).toMatchObject([{ lineage: "l1", clockErrorMs: 7 }]);
  const [sent] = publisher.sent;
  expect(sent?.message.attributes["map"]).toBe(hashOfFieldMap(signatureOf(fieldMap)));
  expect(JSON.parse(sent?.message.data ?? "{}")).toMatchObject({ fieldMap: signatureOf(fieldMap) });
});

test("what Django refused of the last write goes along by group; where it does not know, nothing is claimed", async () => {
  const refusal = { code: "too_long", message: "At most 20 characters." };
  const errors = { "address.street": refusal, "address.city": { code: "too_long", message: "Refused together with address.street" } };
  const django = scriptedDjango([outboxRow(1, { writeErrors: errors }), outboxRow(2, { ssn: ssns[1] })]);
  const { publisher, drain } = setUp(django);
  await drain();
  expect(publisher.observations().map(({ rejected }) => rejected)).toEqual([{ address: refusal }, undefined]);
});

test("rows of one member on a page are one observation, and all of them are marked", async () => {
  const rows = [1, 2, 3].map((id) => outboxRow(id, { revision: "7", fieldsChanged: [id === 2 ? "phone" : "street"] }));
  const django = scriptedDjango([...rows, outboxRow(4, { ssn: ssns[1] }), ...[5, 6].map((id) => outboxRow(id, { revision: "7" }))]);
  const { publisher, drain } = setUp(django);
  expect(await drain()).toMatchObject({ rows: 6, published: [{ revision: "7" }, { revision: "4" }] });
  expect(publisher.observations().map(({ revision, changed }) => [revision, Object.keys(changed ?? {})])).toEqual([
    ["7", ["address", "phone", "email"]],
    ["4", ["email"]],
  ]);
  expect(django.outbox).toEqual([]);
});

test("all pages are drained, each fetched while the one before is published", async () => {
  const django = scriptedDjango(Array.from({ length: 25 }, (_, at) => outboxRow(at + 1, { ssn: ssns[at % 3] ?? "" })));
  const { drain } = setUp(django, 10);
  expect(await drain()).toMatchObject({ rows: 25 });
  expect(django.calls.slice(0, 4)).toEqual(["changes 0", "changes 10", "mark 1,2,3,4,5,6,7,8,9,10", "changes 20"]);
  expect(django.outbox).toEqual([]);
});

test("a row that commits late, with a lower number, is taken by the same drain", async () => {
  const django = scriptedDjango([outboxRow(5)]);
  const { publisher, drain } = setUp(django);
  let isLate = true;
  publisher.before = () => {
    if (isLate) django.outbox.push(outboxRow(3, { ssn: ssns[1] }));
    isLate = false;
  };
  expect(await drain()).toMatchObject({ rows: 2 });
  expect(publisher.observations()).toHaveLength(2);
});

test("what cannot become an observation is a dead letter with its reason, is marked, and holds up nobody", async () => {
  const django = scriptedDjango(
    [outboxRow(1, { ssn: "4101302989" }), outboxRow(2), outboxRow(3, { ssn: ssns[1], djangoId: 1.5 }), outboxRow(4, { ssn: "not an id" })],
    [{ id: 5, reason: "life: invalid_value", text: '{"id":5}' }],
  );
  const { publisher, telemetry, drain } = setUp(django);
  expect(await drain()).toMatchObject({ rows: 5, published: [{ revision: "2" }] });
  expect(publisher.deadLetters().map(({ cause, reason, origin, topic }) => [cause, reason, origin, topic])).toEqual([
    ["invalid-item", "life: invalid_value", "django-adapter", "member-changes-django"],
    ["invalid-item", "kennitala: the kennitala is a company's", "django-adapter", "member-changes-django"],
    ["invalid-item", "djangoId: invalid_type", "django-adapter", "member-changes-django"],
    ["invalid-item", "kennitala: a kennitala has ten digits", "django-adapter", "member-changes-django"],
  ]);
  expect(telemetry.events.filter((event) => event === "deadLettered invalid-item")).toHaveLength(4);
  expect(django.outbox).toEqual([]);
});

test("a member that is gone is observed as missing, with an empty record", async () => {
  const django = scriptedDjango([outboxRow(9, { life: "missing", record: null, djangoId: null, fieldsChanged: [] })]);
  const { publisher, drain } = setUp(django);
  await drain();
  expect(publisher.observations()).toMatchObject([{ life: "missing", record: {}, changed: {}, djangoId: null }]);
});

test("fields that no group carries are named as unmapped; status and key are not, and an actor that is a name is left out", async () => {
  const django = scriptedDjango([
    outboxRow(1, { fieldsChanged: ["status", "ssn", "shoe_size", "profile.email"], actor: "Anna Jónsdóttir" }),
  ]);
  const { publisher, drain } = setUp(django);
  await drain();
  expect(publisher.observations()).toMatchObject([{ unmapped: ["shoe_size"], changed: { email: {} }, actor: null }]);
});

test("a changed kennitala is kept as a note for a person, beside the observation of the new one", async () => {
  const django = scriptedDjango([outboxRow(1, { previousSsn: ssns[1] })]);
  const { publisher, telemetry, drain } = setUp(django);
  await drain();
  expect(publisher.observations()).toHaveLength(1);
  expect(publisher.deadLetters()).toMatchObject([{ cause: "unknown", reason: "kennitala changed" }]);
  expect(telemetry.events).toContain("kennitalaChanged");
});

test("what the bus did not take is not marked, and comes again", async () => {
  const django = scriptedDjango([outboxRow(1)]);
  const { publisher, drain } = setUp(django);
  publisher.fail = new SyncError("bus_unavailable");
  await expect(drain()).rejects.toMatchObject({ code: "bus_unavailable" });
  expect(django.calls).toEqual(["changes 0"]);
  publisher.fail = undefined;
  expect(await drain()).toMatchObject({ rows: 1 });
});

test("killed between publishing and marking, the row is published again with the same identity", async () => {
  const django = scriptedDjango([outboxRow(1)]);
  const { publisher, drain } = setUp(django);
  django.before = (call) => {
    if (call.startsWith("mark")) throw new SyncError("django_unavailable");
  };
  await expect(drain()).rejects.toMatchObject({ code: "django_unavailable" });
  django.before = () => undefined;
  await drain();
  expect(new Set(publisher.observations().map(({ id }) => id)).size).toBe(1);
  expect(publisher.observations()).toHaveLength(2);
});

test("a failing fetch of the next page fails the drain, after the page in hand is done", async () => {
  const django = scriptedDjango(Array.from({ length: 4 }, (_, at) => outboxRow(at + 1, { ssn: ssns[at % 3] ?? "" })));
  const { publisher, drain } = setUp(django, 2);
  django.before = (call) => {
    if (call === "changes 2") throw new SyncError("django_unavailable");
  };
  await expect(drain()).rejects.toMatchObject({ code: "django_unavailable" });
  expect(publisher.observations()).toHaveLength(2);
  expect(django.outbox.map(({ id }) => id)).toEqual([3, 4]);
});

test("rows that stay pending though they were marked fail the drain instead of being published for ever", async () => {
  const django = scriptedDjango([outboxRow(1)]);
  const { publisher, drain } = setUp({ ...django, markSynced: () => Promise.resolve(0) });
  await expect(drain()).rejects.toMatchObject({ code: "django_bad_answer" });
  expect(publisher.observations()).toHaveLength(1);
});

test("two drains of one outbox at once publish equal identities and fail neither", async () => {
  const django = scriptedDjango(Array.from({ length: 9 }, (_, at) => outboxRow(at + 1, { ssn: ssns[at % 3] ?? "" })));
  const one = setUp(django, 4);
  const two = setUp(django, 4);
  await Promise.all([one.drain(), two.drain()]);
  expect(django.outbox).toEqual([]);
  const ids = [...one.publisher.observations(), ...two.publisher.observations()].map(({ id }) => id);
  expect(new Set(ids).size).toBeGreaterThanOrEqual(3);
});

test("ten thousand rows drain in one go", async () => {
  const django = scriptedDjango(Array.from({ length: 10_000 }, (_, at) => outboxRow(at + 1, { ssn: ssns[at % 3] ?? "" })));
  const { drain } = setUp(django, 1000);
  expect(await drain()).toMatchObject({ rows: 10_000 });
});
