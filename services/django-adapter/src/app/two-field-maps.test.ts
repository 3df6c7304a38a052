import { exampleHost } from "@member-sync/fakes/django/example-host.ts";
import { djangoPort } from "@member-sync/fakes/django/django-port.ts";
import { FakeDjango } from "@member-sync/fakes/django/fake-django.ts";
import { defineFieldMap } from "@member-sync/shared/member/field-map.ts";
import { expect, test } from "vitest";
import { setUpOn } from "../../test/apply-under-test.ts";
import { command, envelopeOf, fieldMap, KENNITALA, KEY, MEMBER_REF } from "../../test/recording.ts";
import { toObservation } from "./to-observation.ts";

/** Two versions of the service run side by side during a deployment. The older one does not map the address. */

const { address: _address, ...rest } = fieldMap.groups;
const older = defineFieldMap(rest);
const ADDRESS = { street: "Laugavegur 1", postal_code: "101", city: "Reykjavík" };
const create = command("w1", { life: "alive", expectRevision: null, groups: { name: "Anna", address: ADDRESS } });

async function answersOf(first: typeof fieldMap, second: typeof fieldMap) {
  const fake = new FakeDjango({ host: exampleHost, clock: () => 0 });
  const adapters = [first, second].map((map) => setUpOn(djangoPort(fake), map));
  for (const { handle } of adapters) expect(await handle(envelopeOf([create]))).toBe("ack");
  return { fake, answers: adapters.map(({ publisher }) => publisher.observations()[0]) };
}

test("the answer to a command that the older map wrote in part names what was left out, whoever is asked again", async () => {
  const { answers } = await answersOf(older, fieldMap);
  for (const answer of answers)
    expect(answer).toMatchObject({
      writeId: "w1",
      record: { name: "Anna" },
      rejected: { address: { code: "unmapped" } },
      answer: { writeId: "w1", status: "applied", rejected: { address: { code: "unmapped" } } },
    });
});

test("the outbox row of such a write names what was left out, by either map", async () => {
  const { fake } = await answersOf(older, fieldMap);
  const { rows } = await djangoPort(fake).pendingChanges(0, 10);
  fake.write(KENNITALA, { "profile.email": "anna@example.is" }, { actor: "user:3" });
  const [edited] = (await djangoPort(fake).pendingChanges(0, 10)).rows.slice(-1);
  for (const map of [older, fieldMap])
    for (const row of [...rows, ...(edited === undefined ? [] : [edited])]) {
      const reading = toObservation(map, KEY, row, new Set());
      expect(reading).toMatchObject({ observation: { memberRef: MEMBER_REF, writeId: "w1", rejected: { address: { code: "unmapped" } } } });
    }
});

test("the older map does not call left out what the newer one has written", async () => {
  const { fake, answers } = await answersOf(fieldMap, older);
  expect(fake.member(KENNITALA).row?.values).toMatchObject({ "address.street": "Laugavegur 1" });
  for (const answer of answers) expect(answer?.answer).toEqual({ writeId: "w1", status: "applied" });
});
