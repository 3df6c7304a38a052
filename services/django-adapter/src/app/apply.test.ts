import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { MemberRecord } from "@member-sync/shared/member/member-record.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { expect, test } from "vitest";
import {
  command,
  delivered,
  envelopeOf,
  fieldMap,
  KENNITALA,
  KEY,
  MEMBER_REF,
  recordingPublisher,
  recordingTelemetry,
} from "../../test/recording.ts";
import { scriptedDjango, success } from "../../test/scripted-django.ts";
import { createApplyHandler } from "./apply.ts";
import { createApplyQueue } from "./apply-queue.ts";
import type { DjangoChange, DjangoResult } from "./ports.ts";

function setUp(concurrency = 1) {
  const django = scriptedDjango();
  const publisher = recordingPublisher();
  const telemetry = recordingTelemetry();
  const queue = createApplyQueue({ django, concurrency, telemetry });
  const handle = createApplyHandler({ queue, publisher, fieldMap, telemetry, memberRefKey: KEY, clock: () => 42 });
  return { django, publisher, telemetry, handle };
}

/** Commands for members of their own. */
function crowd(count: number): readonly ApplyCommand[] {
  return Array.from({ length: count }, (_, at) => {
    const kennitala = `0101${String(300_000 + at)}`;
    return command(`w${at}`, { kennitala, memberRef: memberRefOf(KEY, kennitala) });
  });
}

const down = new SyncError("django_unavailable");

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
      record: { name: "Anna", email: "anna@example.is", phone: null },
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
    "rejected: every group is named, life too",
    { status: "rejected", errors: { "membership.status": { code: "not_supported", message: "no status" } } },
    { email: "a@" },
    { answer: { status: "rejected", rejected: { email: { code: "rejected" }, life: { code: "not_supported", message: "no status" } } } },
  ],
  [
    "a group that Django's record does not carry was not written",
    {},
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
  expect(publisher.deadLetters()).toEqual([]);
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
  ["an error", { status: "error", message: "no row was touched", lastWriteId: null }],
  ["a success that no write id proves", { lastWriteId: null }],
  ["a result that names no sound id", { djangoId: 1.5 }],
];

test.each(notDone)("%s is not done: five attempts, then a dead letter", async (_name, result) => {
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
  expect(publisher.observations()).toEqual([]);
});

test("a member that Django does not know is a dead letter with the reason; the others proceed", async () => {
  const { django, publisher, handle } = setUp();
  django.onApply = (batch) =>
    Promise.resolve(
      batch.map((change) => success(change, change.writeId === "w1" ? { status: "error", message: "Member not found" } : {})),
    );
  expect(await handle(envelopeOf(crowd(3)))).toBe("ack");
  expect(publisher.observations()).toHaveLength(2);
  expect(publisher.deadLetters()).toMatchObject([{ cause: "refused", reason: "Django has no such member" }]);
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

test("a request that Django refuses is cut up until the one at fault stands alone", async () => {
  const { django, publisher, handle } = setUp();
  django.onApply = (batch) => {
    if (batch.some(({ writeId }) => writeId === "w77")) return Promise.reject(new SyncError("django_refused", { status: 413 }));
    return Promise.resolve(batch.map((change) => success(change)));
  };
  expect(await handle(envelopeOf(crowd(200)))).toBe("ack");
  expect(publisher.observations()).toHaveLength(199);
  expect(publisher.deadLetters()).toMatchObject([{ cause: "refused", reason: "Django refuses the request (413)" }]);
  expect(django.calls.length).toBeLessThan(20);
});

test("one command that makes Django fail with 500 parts from the others, and is not given up on", async () => {
  const { django, publisher, handle } = setUp();
  django.onApply = (batch) => {
    if (batch.some(({ writeId }) => writeId === "w3")) return Promise.reject(new SyncError("django_unavailable", { status: 500 }));
    return Promise.resolve(batch.map((change) => success(change)));
  };
  expect(await handle(envelopeOf(crowd(8)))).toBe("ack");
  expect(publisher.observations()).toHaveLength(7);
  expect(publisher.commands()).toMatchObject([{ command: { writeId: "w3" }, attributes: { attempts: "1", items: "1" } }]);
  expect(
    await handle(delivered(publisher.sent.find(({ topic }) => topic === "member-apply-django")?.message ?? { data: "", attributes: {} })),
  ).toBe("retry");
  expect(publisher.deadLetters()).toEqual([]);
});

test("envelopes that arrive while a request is under way go together in the next ones, at most 200 commands in each", async () => {
  const { django, handle } = setUp();
  const commands = crowd(451);
  const first = handle(envelopeOf(commands.slice(0, 1)));
  await expect.poll(() => django.calls).toEqual(["apply 1"]);
  const { promise, resolve } = Promise.withResolvers<void>();
  django.before = () => promise;
  const others = [
    handle(envelopeOf(commands.slice(1, 151))),
    handle(envelopeOf(commands.slice(151, 301))),
    handle(envelopeOf(commands.slice(301))),
  ];
  await expect.poll(() => django.calls.length).toBe(2);
  resolve();
  expect(await Promise.all([first, ...others])).toEqual(["ack", "ack", "ack", "ack"]);
  expect(django.calls).toEqual(["apply 1", "apply 200", "apply 200", "apply 50"]);
});

test("requests never overlap beyond the set number", async () => {
  const { django, handle } = setUp(2);
  let active = 0;
  let most = 0;
  django.before = async () => {
    active += 1;
    most = Math.max(most, active);
    await new Promise((resolve) => setImmediate(resolve));
    active -= 1;
  };
  const commands = crowd(1000);
  await Promise.all([0, 250, 500, 750].map((from) => handle(envelopeOf(commands.slice(from, from + 250)))));
  expect(most).toBe(2);
});

test("two copies of a command at the same instant are one change", async () => {
  const { django, handle } = setUp();
  expect(await Promise.all([handle(envelopeOf([command("w1")])), handle(envelopeOf([command("w1")]))])).toEqual(["ack", "ack"]);
  expect(django.calls).toEqual(["apply 1"]);
});

test("a memberRef of somebody else is a dead letter, and never reaches Django", async () => {
  const { django, publisher, handle } = setUp();
  expect(await handle(envelopeOf([command("w1", { memberRef: "a".repeat(20) })]))).toBe("ack");
  expect(django.calls).toEqual([]);
  expect(publisher.deadLetters()).toMatchObject([{ cause: "wrong-member" }]);
  expect(publisher.deadLetters()[0]?.reason).not.toContain(KENNITALA);
});

test("a group that no field maps is a dead letter that names it", async () => {
  const { django, publisher, handle } = setUp();
  expect(await handle(envelopeOf([command("w1", { groups: { shoe_size: 44 } })]))).toBe("ack");
  expect(django.calls).toEqual([]);
  expect(publisher.deadLetters()).toMatchObject([{ cause: "unmapped", reason: "no field maps: shoe_size" }]);
});

test("unreadable messages and items are dead letters on the first delivery; sound items beside them are applied", async () => {
  const { publisher, handle } = setUp();
  expect(await handle(delivered({ data: "{", attributes: {} }))).toBe("ack");
  expect(await handle(delivered({ data: '{"schema":"member-apply.v99","items":[]}', attributes: {} }))).toBe("ack");
  const data = JSON.stringify({ schema: "member-apply.v1", envelopeId: "e", side: "django", items: [{ writeId: "w0" }, command("w1")] });
  expect(await handle(delivered({ data, attributes: {} }))).toBe("ack");
  expect(publisher.deadLetters().map(({ cause }) => cause)).toEqual(["malformed", "unknown-version", "invalid-item"]);
  expect(publisher.observations()).toHaveLength(1);
});

test("commands for the other side are dead letters", async () => {
  const { django, publisher, handle } = setUp();
  const data = JSON.stringify({
    schema: "member-apply.v1",
    envelopeId: "e",
    side: "firestore",
    items: [command("w1", { side: "firestore" })],
  });
  expect(await handle(delivered({ data, attributes: {} }))).toBe("ack");
  expect(django.calls).toEqual([]);
  expect(publisher.deadLetters()).toMatchObject([{ cause: "invalid-item", reason: "a command for the other side" }]);
});

test("answers that cannot be published: the envelope comes again and is answered again", async () => {
  const { publisher, telemetry, handle } = setUp();
  publisher.fail = new SyncError("bus_unavailable");
  expect(await handle(envelopeOf([command("w1")]))).toBe("retry");
  expect(telemetry.events).toContain("applyNotPublished");
  publisher.fail = undefined;
  expect(await handle(envelopeOf([command("w1")]))).toBe("ack");
  expect(publisher.observations()).toHaveLength(1);
});

test("while Django is down, what is unreadable is still given up on, and the commands beside it go on by themselves", async () => {
  const { django, publisher, handle } = setUp();
  django.before = () => {
    throw down;
  };
  const data = JSON.stringify({ schema: "member-apply.v1", envelopeId: "e", side: "django", items: [{ writeId: "w0" }, command("w1")] });
  expect(await handle(delivered({ data, attributes: {} }))).toBe("ack");
  expect(publisher.deadLetters()).toHaveLength(1);
  expect(publisher.commands()).toMatchObject([{ command: { writeId: "w1" }, attributes: { attempts: "1" } }]);
});
