import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { planDecision, type Decision } from "./plan-decision.ts";
import { hold, waitingIn } from "./hold.ts";
import { LIFE, type Hub } from "./hub.ts";
import { expectedOf } from "./conflict.ts";
import { plan } from "./plan.ts";
import { HOUR, NOON, policyOf } from "./testing/samples.ts";
import { LAW, registersOf, scene, side, TIMEOUT_MS, type Scene } from "./testing/scene.ts";

/** A person's decision on the first open conflict, made on how it stands in this hub. */
function decisionOn(hub: Hub | undefined, choice: Side): Decision | undefined {
  const [open] = Object.entries({ ...hub?.groups, [LIFE]: hub?.life }).flatMap(([group, register]) =>
    register?.parked === undefined ? [] : [{ group, ...register.parked }],
  );
  if (open === undefined) return undefined;
  const { group, conflictId } = open;
  return { conflictId, group, choice: { kind: choice }, expected: expectedOf(open), actor: "admin", note: null };
}

/** The scene with everything taken in and all contested groups left to a person, so that there is something to decide. */
function asked({ hub, waiting, policy }: Scene): Hub | undefined {
  const manual = policyOf({ ...policy, groups: { a: { kind: "manual" }, b: { kind: "manual" } } });
  return hub === undefined && waiting.length === 0 ? undefined : plan(hub, waiting, manual, NOON).hub;
}

describe("the laws of planDecision()", () => {
  test.prop([scene, side], LAW)(
    "a decision ends its conflict and is what both sides get; made a second time it is outdated",
    (scene, choice) => {
      const hub = asked(scene);
      const decision = decisionOn(hub, choice);
      if (hub === undefined || decision === undefined) return;
      const decided = planDecision(hub, decision, scene.policy, NOON);
      if (decided === "outdated") throw new Error("it was made on what stands");
      if (typeof decided === "string") return;
      const others = ({ groups, life }: Hub) => ({ ...groups, [LIFE]: life, [decision.group]: undefined });
      // The end of a life closes all that was asked about it, and a new one begins with its own record.
      if (decision.group !== LIFE) expect(others(decided.hub)).toEqual(others(hub));
      const ended = { id: decision.conflictId, state: "decided" };
      expect(decided.conflicts).toContainEqual(expect.objectContaining(ended));
      expect(planDecision(decided.hub, decision, scene.policy, NOON)).toBe("outdated");
      for (const name of SIDES) {
        const held = decided.hub.sides[name];
        const register = decided.hub.groups[decision.group];
        if (register === undefined || held === undefined || held.life === "missing" || held.life === "deleted") continue;
        const isThere = scene.policy.same(decision.group, held.shadow[decision.group], register.value);
        if (!isThere) expect(decided.hub.out[name]).toBeDefined();
      }
    },
    TIMEOUT_MS,
  );

  test.prop([scene, side], LAW)(
    "a decision on a conflict that has moved since is outdated: nobody decides on what they have not seen",
    (scene, choice) => {
      const before = decisionOn(scene.hub, choice);
      if (scene.hub === undefined || before === undefined) return;
      const after = asked(scene);
      const held = (hub: Hub | undefined) =>
        SIDES.map((name) =>
          before.group === LIFE ? hub?.sides[name]?.life === "alive" : (hub?.sides[name]?.shadow[before.group] ?? null),
        );
      const isMoved = JSON.stringify(held(after)) !== JSON.stringify(held(scene.hub));
      if (isMoved && after !== undefined) expect(planDecision(after, before, scene.policy, NOON)).toBe("outdated");
    },
    TIMEOUT_MS,
  );
});

function newestOfEachSide(observations: readonly Observation[]): readonly Observation[] {
  return SIDES.flatMap((name) => {
    const own = observations.filter((one) => one.side === name).sort((a, b) => compareRevisions(b.revision, a.revision));
    const [first] = own;
    return first === undefined ? [] : [own.find(({ id }) => id === first.id) ?? first];
  });
}

function isNewer(hub: Hub | undefined, { side, revision }: Observation): boolean {
  const known = hub?.sides[side]?.revision;
  return known === undefined || compareRevisions(revision, known) > 0;
}

test.prop([scene, fc.boolean()], LAW)(
  "holding observations and then planning the newest is the same as planning it at once",
  ({ hub, waiting }, isReversed) => {
    if (waiting.length === 0) return;
    const policy = policyOf({ groups: { a: { kind: "manual" }, b: { kind: "owner", side: "django" } } });
    const held = (isReversed ? waiting.toReversed() : waiting).reduce(
      (known: Hub | undefined, one) => hold(known, [one], policy, NOON).hub,
      hub,
    );
    const kept = held === undefined ? [] : waitingIn(held, policy);
    const newest = newestOfEachSide(waiting).filter((one) => isNewer(hub, one));
    expect(kept.map(({ id }) => id)).toEqual(newest.map(({ id }) => id));
    if (kept.length === 0) return;
    const [later, atOnce] = [plan(held, kept, policy, NOON + HOUR), plan(hub, kept, policy, NOON + HOUR)];
    expect(registersOf(later.hub)).toEqual(registersOf(atOnce.hub));
    expect({ ...later.hub.waiting }).toEqual({});
    expect(later.commands.map(({ side, groups, life }) => ({ side, groups, life }))).toEqual(
      atOnce.commands.map(({ side, groups, life }) => ({ side, groups, life })),
    );
  },
  TIMEOUT_MS,
);
