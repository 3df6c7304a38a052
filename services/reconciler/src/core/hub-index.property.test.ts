import fc from "fast-check";
import { expect, it } from "vitest";
import { policyOf } from "./testing/samples.ts";
import { World } from "./testing/world.ts";
import { plan } from "./plan.ts";
import { isDue } from "./hub-index.ts";

const side = fc.constantFrom("django" as const, "firestore" as const);
const fate = fc.record({ keep: fc.boolean(), crash: fc.boolean() });
const step = fc.oneof(
  fc.record({ kind: fc.constant("edit" as const), side, group: fc.constantFrom("email", "phone"), value: fc.constantFrom("a", "b", null) }),
  fc.record({ kind: fc.constant("remove" as const), side }),
  fc.record({ kind: fc.constant("deliver" as const), place: fc.nat(9), fate }),
  fc.record({ kind: fc.constant("apply" as const), place: fc.nat(9), fate }),
  fc.record({ kind: fc.constant("decide" as const), side }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function take(world: World, next: Step): void {
  switch (next.kind) {
    case "edit":
      return world.edit(next.side, next.group, next.value);
    case "remove":
      return world.remove(next.side);
    case "deliver":
      return world.deliver(next.place, next.fate);
    case "apply":
      return world.apply(next.place, next.fate);
    case "decide":
      return world.decide(next.side);
  }
}

it("a hub is due exactly when planning it, every direction open, would change it", { timeout: 60_000 }, () => {
  const direction = fc.constantFrom("both" as const, "none" as const, "to-django" as const, "to-firestore" as const);
  fc.assert(
    fc.property(direction, fc.array(step, { maxLength: 25 }), (open, steps) => {
      const world = new World({ direction: open });
      for (const next of steps) {
        take(world, next);
        if (world.hub === undefined) continue;
        expect(isDue(world.hub)).toBe(plan(world.hub, [], policyOf(), Date.UTC(2026, 6, 1)).changed);
      }
    }),
    { numRuns: 2000 },
  );
});
