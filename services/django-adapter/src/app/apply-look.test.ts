import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { expect, test } from "vitest";
import { crowd, setUp } from "../../test/apply-under-test.ts";
import { command, envelopeOf, KENNITALA } from "../../test/recording.ts";
import { readMember } from "../../test/scripted-django.ts";

const looks = (count: number) => crowd(count).map((each) => ({ ...each, groups: {}, look: true as const }));

test("a look writes nothing and is answered as stale, with what the member holds now", async () => {
  const { django, publisher, handle } = setUp();
  django.onRead = ([kennitala = ""]) => [readMember(kennitala, { revision: "9", lineage: "l1", clockErrorMs: 3 })];
  expect(await handle(envelopeOf([command("w1", { look: true, groups: {} })]))).toBe("ack");
  expect(django.calls).toEqual(["read 1"]);
  expect(publisher.observations()).toMatchObject([
    {
      revision: "9",
      life: "alive",
      record: { name: "Anna", email: "anna@example.is", phone: null },
      writeId: "before",
      lineage: "l1",
      clockErrorMs: 3,
      answer: { writeId: "w1", status: "stale" },
    },
  ]);
});

test.each([
  ["was removed: with the revision of the removal", { revision: "7" }, "7"],
  ["never was there: with revision 0", { revision: "0", djangoId: null, lastWriteId: null, changedAt: null }, "0"],
])("a look at a member that %s", async (_which, more, revision) => {
  const { django, publisher, handle } = setUp();
  django.onRead = ([kennitala = ""]) => [readMember(kennitala, { life: "missing", record: null, ...more })];
  expect(await handle(envelopeOf([command("w1", { look: true })]))).toBe("ack");
  expect(publisher.observations()).toMatchObject([{ revision, life: "missing", record: {}, answer: { status: "stale" } }]);
  expect(publisher.deadLetters()).toEqual([]);
});

test("the looks of an envelope are one request for each 200 members, beside the commands that write", async () => {
  const { django, publisher, handle } = setUp();
  const [write, ...others] = looks(250);
  expect(await handle(envelopeOf([{ ...(write ?? command("w0")), look: undefined, groups: { email: "a@b.is" } }, ...others]))).toBe("ack");
  expect(django.calls.toSorted()).toEqual(["apply 1", "read 200", "read 49"]);
  expect(publisher.observations()).toHaveLength(250);
});

test("a look that Django's answer leaves out is sent again alone; five times, then it is a dead letter", async () => {
  const { django, publisher, handle } = setUp();
  django.onRead = (kennitalas) => kennitalas.slice(1).map((kennitala) => readMember(kennitala));
  expect(await handle(envelopeOf(looks(3)))).toBe("ack");
  expect(publisher.observations()).toHaveLength(2);
  expect(publisher.commands()).toMatchObject([{ command: { writeId: "w0", look: true }, attributes: { attempts: "2" } }]);
  expect(await handle(envelopeOf(looks(1), { attempts: "5" }))).toBe("ack");
  expect(publisher.deadLetters()).toMatchObject([{ reason: expect.stringMatching(/^not done in 5 attempts: /) }]);
});

test("while Django is down a look is redelivered; one for somebody else never reaches Django", async () => {
  const { django, publisher, handle } = setUp();
  django.onRead = () => {
    throw new SyncError("django_unavailable");
  };
  expect(await handle(envelopeOf(looks(2)))).toBe("retry");
  django.calls.length = 0;
  expect(await handle(envelopeOf([command("w1", { look: true, memberRef: "a".repeat(20) })]))).toBe("ack");
  expect(django.calls).toEqual([]);
  expect(publisher.deadLetters()).toMatchObject([{ cause: "wrong-member" }]);
  expect(JSON.stringify(publisher.deadLetters().map(({ reason }) => reason))).not.toContain(KENNITALA);
});
