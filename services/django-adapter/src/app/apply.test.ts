import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { expect, test } from "vitest";
import { crowd, setUp } from "../../test/apply-under-test.ts";
import { command, delivered, envelopeOf, KENNITALA, MEMBER_REF } from "../../test/recording.ts";
import { success } from "../../test/scripted-django.ts";
import type { DjangoChange, DjangoResult } from "./ports.ts";

test("an applied command is answered by an observation of what Django holds, then acknowledged", async () => {
  const { publisher, handle } = setUp();
  expect(await handle(envelopeOf([command("w1")]))).toBe("ack");
  expect(publisher.observations()).toEqual([
    {
      id: `django:${MEMBER_REF}:6`,
      side: "django",
      memberRef: MEMBER_REF,
      kennitala: KENNITALA,
      revision: "6",
      life: "alive",
      record: { name: "Anna", email: "anna@example.is", phone: null, address: null },
      changedAt: 1_770_000_000_500,
      actor: null,
      djangoId: 12,
      writeId: "w1",
      answer: { writeId: "w1", status: "applied" },
    },
  ]);
});

const changes: readonly (readonly [name: string, more: Partial<ApplyCommand>, expected: Partial<DjangoChange>])[] = [
  ["groups only: an update", { groups: { email: null } }, { action: "update", changes: { "profile.email": null }, expectedRevision: 5 }],
  [
    "a group of several fields: all of its paths",
    { groups: { address: { street: "Laugavegur 1", postal_code: "101", city: null } } },
    { changes: { "address.street": "Laugavegur 1", "address.postal_code": "101", "address.city": null } },
  ],
  [
    "alive where there is none: a create",
    { life: "alive", expectRevision: null },
    { action: "create", changes: { "profile.email": "anna@example.is", "membership.status": "active" }, expectedRevision: null },
  ],
  [
    "alive where one was removed: a create that expects the removal's revision",
    { life: "alive", expectRevision: null, tombstone: "9" },
    { action: "create", expectedRevision: 9 },
  ],
  [
    "alive where there is one: an update that reactivates",
    { life: "alive" },
    { action: "update", changes: { "profile.email": "anna@example.is", "membership.status": "active" } },
  ],
  ["a lineage is passed on, for Django to compare", { lineage: "l1" }, { lineage: "l1" }],
  ["the time of the command is passed on, for Django to compare", { emittedAt: 1_770_000_000_123 }, { emittedAt: 1_770_000_000_123 }],
  ["deleted: a delete", { life: "deleted", groups: {} }, { action: "delete", changes: { "membership.status": "inactive" } }],
];

test.each(changes)("%s", async (_name, more, expected) => {
  const { django, handle } = setUp();
  const seen: DjangoChange[] = [];
  django.onApply = (batch) => {
    seen.push(...batch);
    return Promise.resolve(batch.map((change) => success(change)));
  };
  await handle(envelopeOf([command("w1", more)]));
  expect(seen).toMatchObject([{ kennitala: KENNITALA, djangoId: 12, writeId: "w1", ...expected }]);
});

const answers: readonly (readonly [name: string, result: Partial<DjangoResult>, groups: MemberRecord, expected: object])[] = [
  [
    "stale",
    { status: "stale", lastWriteId: null, revision: "9" },
    { email: "a@b.is" },
    { revision: "9", writeId: null, answer: { writeId: "w1", status: "stale" } },
  ],
  [
    "stale, over a write of which a group had been refused",
    { status: "stale", lastWriteId: "w0", lastWriteErrors: { "profile.email": { code: "invalid", message: "No." } } },
    { email: "a@b.is" },
    { writeId: "w0", rejected: { email: { code: "invalid", message: "No." } }, answer: { writeId: "w1", status: "stale" } },
  ],
  [
    "stale, since there is no such member",
    { status: "stale", lastWriteId: null, revision: null, life: "missing", record: null, djangoId: null, changedAt: null },
    { email: "a@b.is" },
    { revision: "0", life: "missing", record: {}, changedAt: 42 },
  ],
  [
    "applied but for one group, refused with the reason",
    { errors: { "profile.email": { code: "invalid", message: "Enter a valid email address." } } },
    { email: "a@", phone: "5551234" },
    { answer: { status: "applied", rejected: { email: { code: "invalid", message: "Enter a valid email address." } } } },
  ],
  [
    "paths of one group are refused as one",
    {
      record: { address: { street: null } },
      errors: { "address.street": { code: "too_long", message: "long" }, "address.city": { code: "invalid", message: "odd" } },
    },
    { address: { street: "x", postal_code: null, city: "y" } },
    { answer: { status: "applied", rejected: { address: { code: "too_long", message: "long" } } } },
  ],
  [
    "rejected for the life: only that is named, and what was merely not written is free to go again",
    { status: "rejected", errors: { "membership.status": { code: "not_supported", message: "no status" } } },
    { email: "a@" },
    { answer: { writeId: "w1", status: "rejected", rejected: { life: { code: "not_supported", message: "no status" } } } },
  ],
  [
    "a create without the name: what the member lacks is said where a person looks",
    {
      status: "rejected",
      errors: { "profile.name": { code: "required", message: "This field is required." } },
      life: "missing",
      record: null,
    },
    { email: "anna@example.is", phone: "5551234" },
    {
      answer: {
        writeId: "w1",
        status: "rejected",
        rejected: {
          life: { code: "rejected", message: "Django did not deactivate the member. name: This field is required." },
          name: { code: "required", message: "This field is required." },
        },
      },
    },
  ],
  [
    "rejected without a name: the life, which the command was to change",
    { status: "rejected" },
    { email: "a@" },
    {
      answer: {
        writeId: "w1",
        status: "rejected",
        rejected: { life: { code: "rejected", message: "Django rejected the change and named no field" } },
      },
    },
  ],
  [
    "stale at a revision below the expected one, of a side that was restored: passed on as it is",
    { status: "stale", revision: "3", lastWriteId: null, lineage: "l2", clockErrorMs: 12 },
    { email: "a@b.is" },
    { revision: "3", lineage: "l2", clockErrorMs: 12, answer: { writeId: "w1", status: "stale" } },
  ],
  [
    "a group that Django's settings do not map is unknown, and not written",
    { record: { profile: { name: "Anna", email: null }, address: { street: "", postal_code: "", city: "" } } },
    { phone: "5551234" },
    { unknown: ["phone"], answer: { status: "applied", rejected: { phone: { code: "unmapped" } } } },
  ],
  [
    "a group of which Django's record carries only a part was not written whole, and is unknown",
    { record: { profile: { name: "Anna", email: null, phone: null }, address: { street: "x" } } },
    { address: { street: "x", postal_code: null, city: null } },
    { answer: { status: "applied", rejected: { address: { code: "unmapped" } } } },
  ],
  [
    "already applied, and edited since",
    { lastWriteId: "w7", revision: "11" },
    { email: "a@b.is" },
    { revision: "11", writeId: "w7", answer: { writeId: "w1", status: "applied" } },
  ],
];

test.each(answers)("%s", async (_name, result, groups, expected) => {
  const { django, publisher, handle } = setUp();
  django.onApply = ([change]) => Promise.resolve(change === undefined ? [] : [success(change, result)]);
  const life = result.status === "rejected" ? ({ life: "deleted" } as const) : {};
  expect(await handle(envelopeOf([command("w1", { groups, ...life })]))).toBe("ack");
  expect(publisher.observations()).toMatchObject([expected]);
  if ("answer" in expected && result.status === "rejected") expect(publisher.observations()[0]?.answer).toEqual(expected.answer);
  expect(publisher.deadLetters()).toEqual([]);
});

test("a rejected update that names nothing: every group of it, since somebody must see it; one that names a group: that one", async () => {
  const { django, publisher, handle } = setUp();
  const errors = { "profile.email": { code: "invalid", message: "Enter a valid email address." } };
  django.onApply = ([change]) => Promise.resolve(change === undefined ? [] : [success(change, { status: "rejected" })]);
  await handle(envelopeOf([command("w1", { groups: { email: "a@", phone: "1" } })]));
  django.onApply = ([change]) => Promise.resolve(change === undefined ? [] : [success(change, { status: "rejected", errors })]);
  await handle(envelopeOf([command("w2", { groups: { email: "a@", phone: "1" } })]));
  await handle(envelopeOf([command("w3", { life: "alive", expectRevision: null, groups: { email: "a@", shoe_size: 44 } })]));
  const codes = publisher
    .observations()
    .map(({ answer }) => Object.entries(answer?.rejected ?? {}).map(([group, { code }]) => `${group} ${code}`));
  expect(codes).toEqual([
    ["email rejected", "phone rejected"],
    ["email invalid"],
    ["shoe_size unmapped", "email invalid", "life rejected"],
  ]);
  expect(publisher.observations()[2]?.answer?.rejected?.["life"]?.message).toBe(
    "Django did not create or reactivate the member. shoe_size: Django's record does not carry this field; email: Enter a valid email address.",
  );
});

test("results are matched by write id: reordered ones find their commands", async () => {
  const { django, publisher, handle } = setUp();
  django.onApply = (batch) => Promise.resolve(batch.map((change) => success(change, { revision: change.writeId.slice(1) })).toReversed());
  const commands = crowd(10).slice(1);
  await handle(envelopeOf(commands));
  const found = publisher.observations().map(({ memberRef, revision }) => [memberRef, revision]);
  expect(found).toEqual(commands.map(({ memberRef, writeId }) => [memberRef, writeId.slice(1)]));
});

test("a result list shorter than the request: what is missing is sent again alone, seen, and the rest ends", async () => {
  const { django, publisher, telemetry, handle } = setUp();
  django.onApply = (batch) => Promise.resolve(batch.filter(({ writeId }) => writeId !== "w2").map((change) => success(change)));
  expect(await handle(envelopeOf(crowd(5)))).toBe("ack");
  expect(publisher.observations()).toHaveLength(4);
  expect(
    publisher.commands().map(({ command: { writeId }, attributes }) => [writeId, attributes["items"], attributes["attempts"]]),
  ).toEqual([["w2", "1", "2"]]);
  expect(telemetry.events.filter((event) => event.startsWith("commandNotDone"))).toHaveLength(1);
});

const notDone: readonly (readonly [name: string, result: Partial<DjangoResult>])[] = [
  ["an error that tells nothing of the member", { status: "error", message: "no row was touched", revision: null, record: null }],
  ["a success that no write id proves", { lastWriteId: null }],
  ["a result that names no sound id", { djangoId: 1.5 }],
];

test.each(notDone)("%s is not done: five attempts, then a dead letter, and an answer with what the member holds", async (_name, result) => {
  const { django, publisher, handle } = setUp();
  django.onApply = (batch) => Promise.resolve(batch.map((change) => success(change, result)));
  let message = envelopeOf([command("w1")]);
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    expect(await handle(message)).toBe("ack");
    expect(publisher.deadLetters()).toHaveLength(attempt < 5 ? 0 : 1);
    const again = publisher.sent.at(-1);
    if (attempt < 5 && again !== undefined) message = delivered(again.message);
  }
  expect(publisher.deadLetters()).toMatchObject([
    { cause: "refused", memberRef: MEMBER_REF, topic: "member-apply-django", side: "django" },
  ]);
  expect(publisher.deadLetters()[0]?.reason).toMatch(/^not done in 5 attempts: /);
  expect(django.calls.filter((call) => call.startsWith("cancel"))).toEqual(["cancel 1"]);
  expect(publisher.observations()).toMatchObject([
    { revision: "4", writeId: "before", answer: { writeId: "w1", status: "rejected", rejected: { email: { code: "failed" } } } },
  ]);
});

test("a member that Django does not find under its key is a dead letter, and answered as missing; the others proceed", async () => {
  const { django, publisher, handle } = setUp();
  django.onApply = (batch) =>
    Promise.resolve(
      batch.map((change) =>
        success(change, change.writeId === "w1" ? { status: "error", message: "Member not found", revision: "5", lineage: "l1" } : {}),
      ),
    );
  expect(await handle(envelopeOf(crowd(3)))).toBe("ack");
  expect(publisher.deadLetters()).toMatchObject([{ cause: "refused", reason: "Django has no such member" }]);
  const [, notFound, ...others] = publisher.observations();
  expect(others).toHaveLength(1);
  expect(notFound).toMatchObject({
    id: `django:${notFound?.memberRef}:0`,
    revision: "0",
    life: "missing",
    record: {},
    djangoId: null,
    writeId: null,
    lineage: "l1",
  });
  expect(notFound?.answer).toEqual({
    writeId: "w1",
    status: "rejected",
    rejected: { life: { code: "not-found", message: expect.stringContaining("no member under this kennitala") } },
  });
});

test.each(["django_unavailable", "django_unauthorised", "django_bad_answer"] as const)(
  "%s: the envelope is delivered again, and never given up on",
  async (code) => {
    const { django, publisher, handle } = setUp();
    django.before = () => {
      throw new SyncError(code);
    };
    for (let delivery = 1; delivery <= 20; delivery += 1) expect(await handle(envelopeOf(crowd(3), { attempts: "5" }))).toBe("retry");
    expect(publisher.sent).toEqual([]);
  },
);
