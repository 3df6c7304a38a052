import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { packEnvelopes, readEnvelope } from "@member-sync/shared/messages/envelope.ts";
import { expect, test } from "vitest";
import { crowd, setUp } from "../../test/apply-under-test.ts";
import { command, delivered, envelopeOf, KENNITALA } from "../../test/recording.ts";
import { success } from "../../test/scripted-django.ts";
import type { DjangoChange } from "./ports.ts";

const down = new SyncError("django_unavailable");
const refuse = () => {
  throw new SyncError("django_refused", { status: 400 });
};

test("a request that Django refuses is cut up until the one at fault stands alone", async () => {
  const { django, publisher, handle } = setUp();
  django.onApply = (batch) => {
    if (batch.some(({ writeId }) => writeId === "w77")) return Promise.reject(new SyncError("django_refused", { status: 413 }));
    return Promise.resolve(batch.map((change) => success(change)));
  };
  expect(await handle(envelopeOf(crowd(200)))).toBe("ack");
  expect(publisher.deadLetters()).toMatchObject([{ cause: "refused", reason: "Django refuses the request (413)" }]);
  expect(django.calls.length).toBeLessThan(20);
  expect(publisher.observations()).toHaveLength(200);
  const refused = publisher.observations().find(({ answer }) => answer?.writeId === "w77");
  expect(refused).toMatchObject({
    revision: "4",
    answer: { status: "rejected", rejected: { email: { code: "refused", message: "Django refuses the request (413)" } } },
  });
});

test("a refused command that was to change the life is answered by the life alone", async () => {
  const { django, publisher, handle } = setUp();
  django.onApply = () => Promise.reject(new SyncError("django_refused", { status: 400 }));
  expect(await handle(envelopeOf([command("w1", { life: "deleted" })]))).toBe("ack");
  expect(publisher.observations().map(({ answer }) => Object.keys(answer?.rejected ?? {}))).toEqual([["life"]]);
});

test("a replay of a command that was answered only looks; of one that was not, it writes", async () => {
  const { django, publisher, handle } = setUp();
  django.onApply = () => Promise.reject(new SyncError("django_refused", { status: 400 }));
  await handle(envelopeOf([command("w1")]));
  django.onCancel = () => [];
  await handle(envelopeOf([command("w2")]));
  const kept = publisher.deadLetters().flatMap((letter) => readEnvelope("member-apply.v1", delivered(letter)).items);
  expect(kept.map(({ writeId, look, groups }) => [writeId, look, groups])).toEqual([
    ["w1", true, { email: "anna@example.is" }],
    ["w2", undefined, { email: "anna@example.is" }],
  ]);
});

test("a command that was carried out although Django refused the request is answered as applied, and is no dead letter", async () => {
  const { django, publisher, handle } = setUp();
  const lastWriteErrors = { "profile.phone": { code: "invalid", message: "No." } };
  django.onApply = () => Promise.reject(new SyncError("django_refused", { status: 413 }));
  django.onCancel = (change) => [success(change, { errors: lastWriteErrors })];
  expect(await handle(envelopeOf([command("w1")]))).toBe("ack");
  expect(publisher.deadLetters()).toEqual([]);
  expect(publisher.observations()).toMatchObject([
    { revision: "6", writeId: "w1", answer: { writeId: "w1", status: "applied", rejected: { phone: { code: "invalid" } } } },
  ]);
});

test("a command that was refused, of a member who has changed since, is stale: it can never be written, and nothing is wrong with it", async () => {
  const { django, publisher, handle } = setUp();
  django.onApply = () => Promise.reject(new SyncError("django_refused", { status: 413 }));
  django.onCancel = (change) => [success(change, { status: "stale", revision: "9", lastWriteId: "before" })];
  expect(await handle(envelopeOf([command("w1")]))).toBe("ack");
  expect(publisher.deadLetters()).toEqual([]);
  expect(publisher.observations()).toMatchObject([{ revision: "9", answer: { writeId: "w1", status: "stale" } }]);
});

test("a command that Django had rejected by name before is answered with that name", async () => {
  const { django, publisher, handle } = setUp();
  const errors = { "profile.email": { code: "invalid", message: "No." } };
  django.onApply = () => Promise.resolve([]);
  django.onCancel = (change) => [success(change, { status: "rejected", errors, lastWriteId: null })];
  expect(await handle(envelopeOf([command("w1", { groups: { email: "a", phone: "1" } })], { attempts: "5" }))).toBe("ack");
  expect(publisher.deadLetters()).toEqual([]);
  expect(publisher.observations().map(({ answer }) => answer?.rejected)).toEqual([{ email: { code: "invalid", message: "No." } }]);
});

test.each([
  ["a success that no write id proves", { lastWriteId: null }],
  ["a success that cannot be read", { djangoId: 1.5 }],
])("%s, also when it is cancelled after five attempts, ends as a dead letter and is not sent again", async (_what, more) => {
  const { django, publisher, handle } = setUp();
  django.onApply = (batch) => Promise.resolve(batch.map((change) => success(change, more)));
  django.onCancel = (change) => [success(change, more)];
  expect(await handle(envelopeOf([command("w1")], { attempts: "5" }))).toBe("ack");
  expect(publisher.sent.map(({ topic }) => topic)).toEqual(["member-dead-letters"]);
});

test("while Django cannot cancel a command, nothing is given up; when it refuses to, the dead letter stands alone", async () => {
  const { django, publisher, handle } = setUp();
  django.onApply = () => Promise.reject(new SyncError("django_refused", { status: 400 }));
  django.onCancel = () => {
    throw down;
  };
  expect(await handle(envelopeOf([command("w1")]))).toBe("retry");
  expect(publisher.sent).toEqual([]);
  const tooOld = (change: DjangoChange) => [success(change, { status: "error", message: "The action is none of create." })];
  for (const onCancel of [() => [], refuse, tooOld]) {
    django.onCancel = onCancel;
    expect(await handle(envelopeOf([command("w1")]))).toBe("ack");
  }
  expect(publisher.deadLetters()).toHaveLength(3);
  expect(publisher.observations()).toEqual([]);
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

test("one command whose row is locked (503) parts from the others, and waits alone; a Django that is busy as a whole is not asked for each", async () => {
  const { django, publisher, handle } = setUp();
  django.onApply = (batch) => {
    if (batch.some(({ writeId }) => writeId === "w3")) return Promise.reject(new SyncError("django_unavailable", { status: 503 }));
    return Promise.resolve(batch.map((change) => success(change)));
  };
  expect(await handle(envelopeOf(crowd(8)))).toBe("ack");
  expect(publisher.observations()).toHaveLength(7);
  expect(publisher.commands()).toMatchObject([{ command: { writeId: "w3" }, attributes: { attempts: "1", items: "1" } }]);
  django.calls.length = 0;
  django.onApply = () => Promise.reject(new SyncError("django_unavailable", { status: 503, retryAfterMs: 1_000 }));
  expect(await handle(envelopeOf(crowd(8)))).toBe("retry");
  expect(django.calls).toEqual(["apply 8"]);
});

test("a command that is given up on, of a member whom Django shows, is also answered as refused: it holds up nothing else of theirs", async () => {
  const { django, publisher, handle } = setUp();
  const stands = { status: "error", message: "The change failed (TypeError)." } as const;
  django.onApply = (batch) => Promise.resolve(batch.map((change) => success(change, stands)));
  const attempt = (attempts: string) => handle(envelopeOf([command("w1", { groups: { email: "a@b.is" } })], { attempts }));
  expect(await attempt("4")).toBe("ack");
  expect([publisher.observations(), publisher.deadLetters()]).toEqual([[], []]);
  expect(await attempt("5")).toBe("ack");
  expect(publisher.deadLetters()).toMatchObject([{ cause: "refused", reason: expect.stringContaining("5 attempts") }]);
  expect(publisher.observations()).toMatchObject([
    { revision: "4", writeId: "before", answer: { writeId: "w1", status: "rejected", rejected: { email: { code: "failed" } } } },
  ]);
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

test("a live edit goes in the next request, before the backlog that came first", async () => {
  const { django, handle } = setUp();
  const commands = crowd(501);
  const requests: (readonly string[])[] = [];
  django.onApply = (batch) => {
    requests.push(batch.map(({ writeId }) => writeId));
    return Promise.resolve(batch.map((change) => success(change)));
  };
  const { promise, resolve } = Promise.withResolvers<void>();
  django.before = () => promise;
  const backlog = [0, 250].map((from) => handle(envelopeOf(commands.slice(from, from + 250))));
  await expect.poll(() => django.calls.length).toBe(1);
  const live = handle(envelopeOf(commands.slice(500)));
  resolve();
  expect(await Promise.all([...backlog, live])).toEqual(["ack", "ack", "ack"]);
  expect(requests[1]).toContain("w500");
  expect(requests.map(({ length }) => length)).toEqual([200, 200, 101]);
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
  expect(publisher.observations()).toEqual([]);
  expect(publisher.deadLetters()).toMatchObject([{ cause: "wrong-member" }]);
  expect(publisher.deadLetters()[0]?.reason).not.toContain(KENNITALA);
});

test.each([
  ["alone", { shoe_size: 44 }, { "unmapped:shoe_size": null }],
  ["beside others", { shoe_size: 44, email: "anna@example.is" }, { "profile.email": "anna@example.is", "unmapped:shoe_size": null }],
])("a group that no field maps, %s, goes as a path that Django rejects and keeps with the write id", async (_how, groups, asked) => {
  const { django, publisher, handle } = setUp();
  const seen: unknown[] = [];
  const errors = { "unmapped:shoe_size": { code: "invalid", message: "The database does not accept these values together." } };
  django.onApply = (batch) => {
    seen.push(...batch.map(({ changes }) => changes));
    return Promise.resolve(batch.map((change) => success(change, { errors })));
  };
  expect(await handle(envelopeOf([command("w1", { groups })]))).toBe("ack");
  expect(seen).toEqual([asked]);
  expect(publisher.deadLetters()).toEqual([]);
  expect(publisher.observations().map(({ answer }) => answer)).toEqual([
    {
      writeId: "w1",
      status: "applied",
      rejected: { shoe_size: { code: "unmapped", message: "Django's record does not carry this field" } },
    },
  ]);
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

test("where a dead letter cannot be published, its command is not answered either: it comes again", async () => {
  const { django, publisher, handle } = setUp();
  django.onApply = () => Promise.reject(new SyncError("django_refused", { status: 400 }));
  publisher.before = (topic) => {
    if (topic === "member-dead-letters") throw new SyncError("bus_unavailable");
  };
  expect(await handle(envelopeOf([command("w1")]))).toBe("retry");
  expect(publisher.sent).toEqual([]);
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

test("a command that is sent again keeps the field map of who made it", async () => {
  const { django, publisher, handle } = setUp();
  django.onApply = () => Promise.resolve([]);
  const [made] = packEnvelopes("member-apply.v1", "django", [command("w1")], { email: "aaaa" });
  expect(await handle(delivered(made ?? { data: "", attributes: {} }))).toBe("ack");
  const [again] = publisher.sent;
  expect(again?.topic).toBe("member-apply-django");
  expect(again?.message.attributes["map"]).toBe(made?.attributes["map"]);
});
