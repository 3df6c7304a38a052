import { expect, test } from "vitest";
import { memoryStores } from "../adapters/memory/memory-stores.ts";
import { plan } from "../core/plan.ts";
import { NOON, observed, policyOf } from "../core/testing/samples.ts";
import { commitPlans } from "./commit-plans.ts";

test("of two who plan on one hub the second plans anew on what the first has stored, and neither edit is lost (P1)", async () => {
  const { hubs } = memoryStores();
  const { memberRef } = observed("django", 1, {});
  const taking = (observation: Parameters<typeof plan>[1][number]) => (_: string, hub: Parameters<typeof plan>[0]) =>
    plan(hub, [observation], policyOf(), NOON);
  await commitPlans(hubs, [memberRef], taking(observed("django", 1, { a: "x", b: "x" })));
  const planned: (number | undefined)[] = [];
  const late: typeof hubs = Object.assign(Object.create(hubs), {
    async load(refs: readonly string[]) {
      const found = await hubs.load(refs);
      // Somebody else takes the other edit in between our load and our commit, once.
      if (planned.length === 0) await commitPlans(hubs, refs, taking(observed("django", 2, { a: "y", b: "x" })));
      return found;
    },
    commit: (entries: Parameters<typeof hubs.commit>[0]) => hubs.commit(entries),
  });
  const outcomes = await commitPlans(late, [memberRef], (ref, hub) => {
    planned.push(hub?.rev);
    return taking(observed("firestore", 10, { a: "x", b: "z" }, { djangoId: 7 }))(ref, hub);
  });
  expect(planned).toEqual([1, 2]);
  expect(outcomes.get(memberRef)).toMatchObject({ kind: "stored" });
  const stored = (await hubs.load([memberRef])).get(memberRef)?.hub;
  expect(stored).toMatchObject({ rev: 3, sides: { django: { revision: "2" }, firestore: { revision: "10" } } });
});
