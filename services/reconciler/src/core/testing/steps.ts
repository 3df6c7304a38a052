import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Hub } from "../hub.ts";
import { plan, type Plan } from "../plan.ts";
import type { Policy } from "../policy.ts";
import { answered, NOON, observed, policyOf } from "./samples.ts";

export const DEFAULTS = policyOf();
export const JON: MemberRecord = { name: "Jón", email: "jon@a.is", phone: "555" };

/** Takes observations in one after the other, none of them before its time; answers the last plan. */
export function takeAll(hub: Hub | undefined, observations: readonly Observation[], policy: Policy = DEFAULTS): Plan {
  const [first, ...rest] = observations;
  const now = Math.max(NOON, first?.changedAt ?? 0);
  const planned = plan(hub, first === undefined ? [] : [first], policy, now);
  return rest.length === 0 ? planned : takeAll(planned.hub, rest, policy);
}

/** A member that both sides hold and agree on: Django at revision 1, Firestore at 10. */
export function agreed(record: MemberRecord = JON, policy: Policy = DEFAULTS): Hub {
  const created = plan(undefined, [observed("django", 1, record)], policy, NOON);
  return takeAll(created.hub, [answered(only(created.commands), 10, record)], policy).hub;
}

export function only(commands: readonly ApplyCommand[]): ApplyCommand {
  const [command] = commands;
  if (command === undefined || commands.length > 1) throw new Error(`expected one command, got ${commands.length}`);
  return command;
}

export const outcomes = (planned: Plan) =>
  planned.history.flatMap((record) => record.entries.map(({ group, outcome, rule }) => `${group} ${outcome} ${rule}`));
