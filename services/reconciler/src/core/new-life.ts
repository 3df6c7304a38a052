import { otherSide } from "@member-sync/shared/member/side.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { lifeEntry, lostEntry, stampOf } from "./entry.ts";
import type { GroupRegister, Hub } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import { close } from "./park.ts";
import type { Policy } from "./policy.ts";
import { heldBy, registerOf } from "./read-hub.ts";

/**
 * A new life of the member, with the record of the side that made it and nothing else: no field of the first life flows
 * into it (P8), and whatever still stood there loses to the new one, in the history (P1).
 */
export function beginNewLife(hub: Hub, observation: Observation, policy: Policy): readonly Outcome[] {
  const { side } = observation;
  const stamp = stampOf(observation, hub);
  const ver = hub.life.ver + 1;
  const incarnation = hub.life.incarnation + 1;
  const held = Object.keys(hub.sides[otherSide(side)]?.shadow ?? {});
  const groups = [...new Set([...Object.keys(hub.groups), ...Object.keys(observation.record), ...held])];
  return [
    { kind: "life-set", life: { state: "alive", ver, incarnation, side, ...stamp } },
    { kind: "life-seen", side, ver },
    lifeEntry(hub, observation, "accepted", { rule: "new-life", ver }),
    ...groups.flatMap((group) => newGroup(hub, observation, policy, group)),
  ];
}

function newGroup(hub: Hub, observation: Observation, policy: Policy, group: string): readonly Outcome[] {
  const { side } = observation;
  const { actor, changedAt, ...rest } = stampOf(observation, hub);
  const value = observation.record[group] ?? null;
  const first = registerOf(hub, group);
  const ver = first.ver + 1;
  const losers = [first, ...otherContent(hub, { group, first, ver }, policy, side)].filter(
    (loser) => loser.value !== null && !policy.same(group, loser.value, value),
  );
  return [
    ...close(hub, group, "superseded"),
    ...losers.map((loser) => lostEntry(group, loser, value, "new-life")),
    { kind: "group-set", group, register: { value, ver, side, actor, changedAt, ...rest } },
    { kind: "group-seen", side, group, ver },
    { kind: "entry", entry: { group, outcome: "accepted", side, actor, changedAt, value, other: null, ver, rule: "new-life" } },
  ];
}

interface FirstLife {
  readonly group: string;
  readonly first: GroupRegister;
  readonly ver: number;
}

/** What the other side still held of the first life, where that is not what the hub said. */
function otherContent(hub: Hub, { group, first, ver }: FirstLife, policy: Policy, side: Observation["side"]): readonly GroupRegister[] {
  const peer = otherSide(side);
  const held = hub.sides[peer];
  const value = heldBy(held, group);
  if (policy.same(group, value, first.value)) return [];
  return [{ ver, side: peer, changedAt: 0, actor: null, ...held?.stamps[group], value }];
}
