import { describe, expect, test } from "vitest";
import { memoryStores } from "../adapters/memory/memory-stores.ts";
import { plan } from "../core/plan.ts";
import { answered, NOON, observed, policyOf } from "../core/testing/samples.ts";
import { commitPlans } from "./commit-plans.ts";
import type { StoredHub } from "./ports.ts";
import { createRecentHubs } from "./recent-hubs.ts";

type Observed = Parameters<typeof plan>[1][number];

/** A member with a command out, in a store that counts what is read. */
async function memberInFlight() {
  const { hubs } = memoryStores();
  const recent = createRecentHubs();
  let reads = 0;
  const counting: typeof hubs = Object.assign(Object.create(hubs), {
    load(refs: readonly string[]) {
      reads += refs.length;
      return hubs.load(refs);
    },
    commit: (entries: Parameters<typeof hubs.commit>[0]) => hubs.commit(entries),
  });
  const { memberRef } = observed("django", 1, {});
  const take = async (observation: Observed, remembering = true) => {
    const outcomes = await commitPlans(
      counting,
      [memberRef],
      (_, hub) => plan(hub, [observation], policyOf(), NOON),
      remembering ? recent : undefined,
    );
    return outcomes.get(memberRef);
  };
  const stored = async () => (await hubs.load([memberRef])).get(memberRef)?.hub;
  const first = await take(observed("django", 1, { a: "x" }));
  const [command] = first?.kind === "stored" ? first.plan.commands : [];
  if (command === undefined) throw new Error("no command");
  return { take, stored, command, reads: () => reads };
}

describe("a hub that was just stored with a command out", () => {
  test("is not read again for the answer", async () => {
    const { take, stored, command, reads } = await memberInFlight();
    const before = reads();
    await take(answered(command, 1, { a: "x" }));
    expect(reads() - before).toBe(0);
    expect((await stored())?.out).toEqual({});
  });

  test("is read before anything is called known already (P1)", async () => {
    const { take, reads } = await memberInFlight();
    const before = reads();
    expect(await take(observed("django", 1, { a: "x" }))).toMatchObject({ kind: "unchanged" });
    expect(reads() - before).toBe(1);
  });

  test("is planned anew where somebody else has stored it meanwhile, and neither edit is lost (P1)", async () => {
    const { take, stored } = await memberInFlight();
    await take(observed("django", 2, { a: "x", b: "z" }), false);
    await take(observed("django", 3, { a: "x", b: "z", c: "w" }));
    expect(await stored()).toMatchObject({ groups: { a: { value: "x" }, b: { value: "z" }, c: { value: "w" } } });
  });
});

test("no more hubs are remembered than the bound, the newest of them", () => {
  const recent = createRecentHubs(2);
  const refs = ["a", "b", "c"];
  for (const memberRef of refs) recent.keep(storedHub(memberRef));
  expect([...recent.take(refs).keys()]).toEqual(["b", "c"]);
  expect(recent.take(refs).size).toBe(0);
});

function storedHub(memberRef: string): StoredHub {
  const first = plan(undefined, [observed("django", 1, { a: "x" })], policyOf(), NOON);
  return { hub: { ...first.hub, memberRef }, token: "1" };
}
