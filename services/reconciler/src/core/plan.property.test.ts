import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import { otherSide, SIDES, type Side } from "@member-sync/shared/member/side.ts";
import { plan, type Plan } from "./plan.ts";
import type { Hub } from "./hub.ts";
import type { Policy } from "./policy.ts";
import { answered, HOUR, NOON, observed, policyOf } from "./testing/samples.ts";
import type { GROUPS } from "./testing/scene.ts";
import { group, LAW, registersOf, rule, scene, side, TIMEOUT_MS, value, type Scene } from "./testing/scene.ts";

const planned = ({ hub, waiting, policy }: Scene, observations = waiting): Plan | undefined =>
  hub === undefined && observations.length === 0 ? undefined : plan(hub, observations, policy, NOON);

const contentsOf = (commands: Plan["commands"] = []) =>
  commands.map(({ side, groups, life, expectRevision }) => ({ side, groups, life, expectRevision }));

const lifeOf = (hub: Hub | undefined) => ({
  state: hub?.life.state,
  ver: hub?.life.ver,
  incarnation: hub?.life.incarnation,
  parked: hub?.life.parked?.cause,
});

/** All that a plan says of group `a`. */
const aboutA = (result: Plan | undefined) => ({
  sent: result?.commands.flatMap(({ side, groups }) => ("a" in groups ? [[side, groups["a"]]] : [])),
  conflicts: result?.conflicts.filter((conflict) => conflict.group === "a"),
  entries: result?.history.flatMap(({ entries }) => entries.filter((entry) => entry.group === "a")),
});

describe("the laws of plan()", () => {
  test.prop([scene], LAW)(
    "idempotent: what was taken in once changes nothing the second time (P6)",
    (scene) => {
      const once = planned(scene);
      if (once === undefined) return;
      expect(plan(once.hub, scene.waiting, scene.policy, NOON + HOUR)).toEqual({
        hub: once.hub,
        changed: false,
        commands: [],
        conflicts: [],
        notices: [],
        history: [],
      });
    },
    TIMEOUT_MS,
  );

  test.prop([scene, fc.array(fc.nat(), { maxLength: 8 })], LAW)(
    "order and duplication of what is taken in together change nothing (P6)",
    (scene, picks) => {
      const told = scene.waiting;
      if (told.length === 0) return;
      const again = picks.flatMap((pick) => told.slice(pick % told.length, (pick % told.length) + 1));
      const [one, other] = [planned(scene, [...again, ...told.toReversed()]), planned(scene, told)];
      const isTied = new Set(told.map(({ id }) => id)).size < told.length;
      if (!isTied) expect(one).toEqual(other);
      // An echo and an answer may tell of one revision; whichever is first, the same stands where it stood.
      expect(registersOf(one?.hub)).toEqual(registersOf(other?.hub));
      expect(lifeOf(one?.hub)).toEqual(lifeOf(other?.hub));
      expect(contentsOf(one?.commands)).toEqual(contentsOf(other?.commands));
    },
    TIMEOUT_MS,
  );

  test.prop([scene], LAW)(
    "taken in one by one, or together: the registers end the same",
    (scene) => {
      const ordered = [...scene.waiting].sort((a, b) =>
        a.side === b.side ? compareRevisions(a.revision, b.revision) : a.side < b.side ? -1 : 1,
      );
      const together = planned(scene, ordered);
      const oneByOne = ordered.reduce((hub: Hub | undefined, observation) => plan(hub, [observation], scene.policy, NOON).hub, scene.hub);
      expect(registersOf(oneByOne)).toEqual(registersOf(together?.hub ?? scene.hub));
    },
    TIMEOUT_MS,
  );

  test.prop([scene], LAW)(
    "nothing is written that is equal already (P3), and no parked group is written (P5)",
    (scene) => {
      const result = planned(scene);
      for (const command of result?.commands ?? []) {
        const held = result?.hub.sides[command.side];
        for (const [name, sent] of Object.entries(command.groups)) {
          expect(result?.hub.groups[name]?.parked).toBeUndefined();
          if (held !== undefined && held.life !== "missing") expect(scene.policy.same(name, sent, held.shadow[name])).toBe(false);
        }
      }
    },
    TIMEOUT_MS,
  );

  test.prop([scene, value], LAW)(
    "a group is planned as if the other one were not there",
    (scene, other) => {
      const [observation] = scene.waiting.filter(({ life }) => life === "alive");
      if (observation === undefined) return;
      const changed = { ...observation, record: { ...observation.record, b: other } };
      const [one, two] = [observation, changed].map((told) => plan(scene.hub, [told], scene.policy, NOON));
      expect(one?.hub.groups["a"]).toEqual(two?.hub.groups["a"]);
      // An edit of either group may raise a question about the member's life; then nothing is sent until it is answered.
      if (JSON.stringify(lifeOf(one?.hub)) === JSON.stringify(lifeOf(two?.hub))) expect(aboutA(one)).toEqual(aboutA(two));
    },
    TIMEOUT_MS,
  );

  test.prop([scene], LAW)(
    "hub and shadows never move backwards, and every change of a register is told (P1, P8)",
    (scene) => {
      const result = planned(scene);
      if (result === undefined) return;
      const told = new Set(result.history.flatMap(({ entries }) => entries.map((entry) => entry.group)));
      for (const name of SIDES) {
        const before = scene.hub?.sides[name]?.revision ?? "0";
        expect(compareRevisions(result.hub.sides[name]?.revision ?? "0", before)).toBeGreaterThanOrEqual(0);
      }
      for (const [name, register] of Object.entries(result.hub.groups)) {
        const before = scene.hub?.groups[name];
        expect(register.ver).toBeGreaterThanOrEqual(before?.ver ?? 0);
        if (before !== undefined && !scene.policy.same(name, before.value, register.value))
          expect(register.ver).toBeGreaterThan(before.ver);
        if (register.ver > (before?.ver ?? 0)) expect(told).toContain(name);
      }
      expect(result.hub.life.ver).toBeGreaterThanOrEqual(scene.hub?.life.ver ?? 0);
    },
    TIMEOUT_MS,
  );
});

interface Edit {
  readonly side: Side;
  readonly group: (typeof GROUPS)[number];
  readonly value: GroupValue;
  /** Whether what is in flight is answered before. */
  readonly isAnswered: boolean;
  readonly hours: number;
}

const edits = fc.array(fc.record<Edit>({ side, group, value, isAnswered: fc.boolean(), hours: fc.integer({ min: -3, max: 3 }) }), {
  maxLength: 10,
});

/** A member known to both sides, edited on both; the Django id, which only one side gives, is there from the start. */
function lived(edits: readonly Edit[], policy: Policy, isMirrored: boolean): unknown {
  const as = (side: Side): Side => (isMirrored ? otherSide(side) : side);
  const held = { django: { a: "x", b: "x" }, firestore: { a: "x", b: "x" } };
  const revisions = { django: 1, firestore: 1 };
  const linked = { djangoId: 7 } as const;
  const first = { django: observed("django", 1, held.django, linked), firestore: observed("firestore", 1, held.firestore, linked) };
  let { hub } = plan(undefined, [first[as("django")]], policy, NOON);
  hub = plan(hub, [first[as("firestore")]], policy, NOON).hub;
  let commands: Plan["commands"] = [];
  const result: unknown[] = [];
  for (const edit of edits) {
    for (const command of edit.isAnswered ? commands : []) {
      if (command.expectRevision !== String(revisions[command.side])) continue;
      Object.assign(held[command.side], command.groups);
      revisions[command.side] += 1;
      hub = plan(
        hub,
        [answered(command, revisions[command.side], { ...held[command.side] })],
        policyOf({ ...policy, paused: true }),
        NOON,
      ).hub;
    }
    const name = as(edit.side);
    Object.assign(held[name], { [edit.group]: edit.value });
    revisions[name] += 1;
    const changedAt = NOON + edit.hours * HOUR;
    const next = plan(hub, [observed(name, revisions[name], { ...held[name] }, { ...linked, changedAt })], policy, NOON);
    hub = next.hub;
    commands = [...commands, ...next.commands];
    result.push(
      registersOf(hub),
      next.commands
        .map(({ side, groups, expectRevision }) => ({ side: as(side), groups, expectRevision }))
        .sort((a, b) => (a.side < b.side ? -1 : 1)),
    );
  }
  return result;
}

const mirrored = (rule: Policy["groups"][string]): Policy["groups"][string] =>
  rule.kind === "owner" ? { kind: "owner", side: otherSide(rule.side) } : rule;

test.prop([edits, rule], LAW)(
  "symmetric: with the sides exchanged, everything comes out the same, exchanged",
  (edits, rule) => {
    const groups = { a: rule, b: rule };
    const exchanged = { a: mirrored(rule), b: mirrored(rule) };
    expect(lived(edits, policyOf({ groups: exchanged }), true)).toEqual(lived(edits, policyOf({ groups }), false));
  },
  TIMEOUT_MS,
);
