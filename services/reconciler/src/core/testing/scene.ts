import fc from "fast-check";
import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Hub } from "../hub.ts";
import type { Policy } from "../policy.ts";
import { HOUR, policyOf } from "./samples.ts";
import { World } from "./world.ts";

/** Thirteen laws: together 65,000 cases in every run, more than a million in the nightly tier. */
export const LAW = { numRuns: process.env["NIGHTLY"] === "1" ? 100_000 : 5_000 };
export const TIMEOUT_MS = 600_000;

export const GROUPS = ["a", "b"] as const;
export const side = fc.constantFrom<Side>("django", "firestore");
export const group = fc.constantFrom(...GROUPS);
export const value = fc.constantFrom<GroupValue>("x", "y", "z", null);
export const rule = fc.constantFrom<Policy["groups"][string]>(
  { kind: "manual" },
  { kind: "lww", windowMs: HOUR },
  { kind: "lww", windowMs: 0 },
  { kind: "owner", side: "django" },
  { kind: "owner", side: "firestore" },
);
const policies = fc.record({ a: rule, b: rule }).map((groups) => policyOf({ groups }));

type Move = (world: World) => void;
const edit: fc.Arbitrary<Move> = fc.tuple(side, group, value).map(
  ([side, group, value]) =>
    (world) =>
      world.edit(side, group, value),
);
const remove: fc.Arbitrary<Move> = side.map((side) => (world) => world.remove(side));
const deliver: fc.Arbitrary<Move> = fc.tuple(fc.nat(4), fc.boolean()).map(
  ([place, keep]) =>
    (world) =>
      world.deliver(place, { keep, crash: false }),
);
const apply: fc.Arbitrary<Move> = fc.nat(2).map((place) => (world) => world.apply(place, { keep: false, crash: false }));
const decision: fc.Arbitrary<Move> = side.map((side) => (world) => world.decide(side));
const move = fc.oneof(
  { weight: 6, arbitrary: edit },
  { weight: 5, arbitrary: deliver },
  { weight: 3, arbitrary: apply },
  { weight: 1, arbitrary: remove },
  { weight: 1, arbitrary: decision },
);

/** A hub in the midst of things, and observations that it has not taken in yet, some of them twice. */
export interface Scene {
  readonly hub: Hub | undefined;
  readonly waiting: readonly Observation[];
  readonly policy: Policy;
}

export const scene: fc.Arbitrary<Scene> = fc
  .tuple(policies, fc.array(move, { maxLength: 14 }), fc.array(edit, { minLength: 1, maxLength: 3 }))
  .map(([policy, moves, edits]): Scene => {
    const world = new World(policy);
    for (const step of [...moves, ...edits]) step(world);
    return { hub: world.hub, waiting: world.observations, policy };
  });

/** The registers as people would compare them. */
export const registersOf = (hub: Hub | undefined) =>
  Object.entries(hub?.groups ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { value, ver, parked }]) => ({ name, value, ver, parked: parked?.cause }));
