import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { Side } from "@member-sync/shared/member/side.ts";
import { World } from "./testing/world.ts";

/** A step of a run; its text is what a failing run prints. */
interface Step {
  readonly text: string;
  readonly run: (world: World) => void;
}

const side = fc.constantFrom<Side>("django", "firestore");
const group = fc.constantFrom("email", "phone");
const place = fc.nat(7);
const flag = fc.boolean();

function step<T>(name: string, input: fc.Arbitrary<T>, act: (world: World, input: T) => void): fc.Arbitrary<Step> {
  return input.map((value) => ({ text: `${name} ${JSON.stringify(value)}`, run: (world) => act(world, value) }));
}

const edit = step("edit", fc.record({ side, group }), (world, { side, group }) => world.edit(side, group, `v${world.edits.length}`));
const clear = step("clear", fc.record({ side, group }), (world, { side, group }) => world.edit(side, group, null));
const remove = step("remove", side, (world, side) => world.remove(side));
const deliver = step("deliver", fc.record({ place, keep: flag, crash: flag }), (world, { place, ...how }) => world.deliver(place, how));
const apply = step("apply", fc.record({ place, keep: flag, crash: flag }), (world, { place, ...how }) => world.apply(place, how));
const decision = step("decide", side, (world, side) => world.decide(side));
const sweep = step("sweep", fc.constant(null), (world) => world.sweep());

const flow = fc.oneof({ weight: 4, arbitrary: deliver }, { weight: 4, arbitrary: apply }, { weight: 1, arbitrary: sweep });
const editing = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: edit },
    { weight: 1, arbitrary: clear },
    { weight: 6, arbitrary: flow },
    { weight: 1, arbitrary: decision },
  ),
  { maxLength: 40 },
);
const living = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: edit },
    { weight: 1, arbitrary: remove },
    { weight: 6, arbitrary: flow },
    { weight: 1, arbitrary: decision },
  ),
  { maxLength: 40 },
);

function run(steps: readonly Step[], policy = {}): World {
  const world = new World(policy);
  for (const step of steps) step.run(world);
  expect(world.settle(), "P3: everything comes to rest").toBeGreaterThanOrEqual(0);
  return world;
}

function expectEqualSides(world: World): void {
  const { django, firestore } = world.sides;
  if (world.hub === undefined || world.hub.life.parked !== undefined) return;
  const isAlive = world.hub.life.state === "alive";
  expect(django.life === "alive", "P2: life in Django").toBe(isAlive);
  expect(firestore.life === "alive", "P2: life in Firestore").toBe(isAlive);
  if (!isAlive) return;
  for (const [group, register] of Object.entries(world.hub.groups)) {
    if (register.parked !== undefined) continue;
    expect(django.record[group] ?? null, "P2: Django equals the hub").toBe(register.value);
    expect(firestore.record[group] ?? null, "P2: Firestore equals the hub").toBe(register.value);
  }
}

function keyOf(group: string, value: unknown): string {
  return `${group} ${JSON.stringify(value)}`;
}

/** P1: each edit is told in the history, or still stands where it was made, or its maker replaced it unheard. */
function expectEveryEditAccounted(world: World): void {
  const told = new Set(world.history.map((entry) => keyOf(entry.group, entry.value)));
  world.edits.forEach(({ side, group, value }, index) => {
    if (value === null) return; // nothing is told of a field that a new member simply does not have
    const isReplaced = world.edits.slice(index + 1).some((later) => later.side === side && later.group === group);
    const isStanding = world.sides[side].record[group] === value;
    expect(told.has(keyOf(group, value)) || isStanding || isReplaced, `P1: ${side} ${keyOf(group, value)}`).toBe(true);
  });
}

describe("one member between two sides, messages lost, doubled, late and in any order", () => {
  test.prop([editing], { numRuns: 3000 })("the sides end equal, unless a person is asked (P2), and come to rest (P3)", (steps) => {
    const world = run(steps);
    expectEqualSides(world);
    expectEveryEditAccounted(world);
    expect(world.writes).toBeLessThanOrEqual(2 * (world.edits.length + 40) + 4);
  });

  test.prop([editing, fc.constantFrom<Side>("django", "firestore")], { numRuns: 1500 })(
    "with an owner nothing is ever parked",
    (steps, owner) => {
      const policy = { kind: "owner", side: owner } as const;
      const world = run(steps, { groups: { email: policy, phone: policy } });
      expectEqualSides(world);
      for (const register of Object.values(world.hub?.groups ?? {})) expect(register.parked).toBeUndefined();
    },
  );

  test.prop([living], { numRuns: 3000 })("deletes and new lives end equal too, or ask (P8)", (steps) => {
    expectEqualSides(run(steps));
  });

  test.prop([living], { numRuns: 1500 })("when Firestore deletes deactivate, the sides still end equal", (steps) => {
    expectEqualSides(run(steps, { firestoreDelete: "deactivate" }));
  });
});
