import { expect, test } from "vitest";
import { exampleHost } from "./example-host.ts";
import { FakeDjango } from "./fake-django.ts";

const SSN = "0101302989";
const STAFF = { actor: "user:1" } as const;

function fakeDjango(more: Partial<ConstructorParameters<typeof FakeDjango>[0]> = {}): FakeDjango {
  return new FakeDjango({ host: exampleHost, clock: () => 42, ...more });
}

test("a restored dump gives revisions and ids a second time, and only a renewed lineage shows it", () => {
  const django = fakeDjango();
  django.write(SSN, { "profile.name": "Þóra" }, STAFF);
  const dump = django.dump();
  const { lineage } = django;
  django.write(SSN, { "profile.name": "Önnur" }, STAFF);
  const lost = django.pending().at(-1);
  django.restore(dump);
  expect(django.standing(SSN)).toMatchObject({ revision: "1", record: { profile: { name: "Þóra" } } });
  django.write(SSN, { "profile.phone": "1" }, STAFF);
  expect([django.standing(SSN).revision, django.pending().at(-1)?.id]).toEqual(["2", lost?.id]);
  expect(django.lineage).toBe(lineage);
  django.renewLineage();
  expect(django.lineage).not.toBe(lineage);
});

test("a grouped read shows every member, those without a row as missing", () => {
  const django = fakeDjango();
  django.write(SSN, { "profile.name": "Þóra" }, STAFF);
  const found = django.read([SSN, "0101302979"]);
  expect([...found.values()].map(({ life, revision }) => [life, revision])).toEqual([
    ["alive", "1"],
    ["missing", "0"],
  ]);
});

test("an edit that capture missed changes the row, and neither revision nor outbox", () => {
  const django = fakeDjango();
  django.write(SSN, { "profile.name": "Þóra" }, STAFF);
  django.writeUncaptured(SSN, { "profile.phone": "1" });
  expect(django.standing(SSN)).toMatchObject({ revision: "1", record: { profile: { phone: "1" } } });
  expect(django.pending()).toHaveLength(1);
});

test("a backfill puts everybody into the outbox again, those who were removed too", () => {
  const django = fakeDjango();
  django.write(SSN, { "profile.name": "Þóra" }, STAFF);
  django.remove(SSN, STAFF);
  for (const ssn of django.known()) django.recapture(ssn);
  expect(django.pending().map(({ action }) => action)).toEqual(["create", "delete", "delete"]);
  expect(django.standing(SSN).revision).toBe("3");
});

test("what the host alters as it stores is part of our write, and the watch is shown both", () => {
  const host = {
    ...exampleHost,
    check: (path: string, value: unknown) => (path === "profile.phone" ? { value: "555 1234" } : exampleHost.check(path, value)),
  };
  const django = fakeDjango({ host });
  const seen: unknown[] = [];
  const changes = { "profile.name": "Þóra", "profile.phone": "5551234" };
  const [result] = django.apply([{ kennitala: SSN, action: "create", changes, writeId: "w1", expectedRevision: null }], (write) =>
    seen.push(write),
  );
  expect(result).toMatchObject({ status: "success", record: { profile: { phone: "555 1234" } } });
  expect(seen).toEqual([{ ssn: SSN, given: changes, before: undefined, stored: { ...changes, "profile.phone": "555 1234" } }]);
});
