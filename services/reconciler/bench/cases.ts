import { sameValue } from "@member-sync/shared/member/field-map.ts";
import { otherSide } from "@member-sync/shared/member/side.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { memberSync } from "../../../member-sync.config.ts";
import type { Hub } from "../src/core/hub.ts";
import { hold } from "../src/core/hold.ts";
import { plan, type Plan } from "../src/core/plan.ts";
import type { Policy } from "../src/core/policy.ts";
import { editedBy, identityOf, memberOf, NOON, observed, type Member } from "./members.ts";

const { fieldMap, policies, firestoreDelete, maxBounces, clockUncertaintyMs } = memberSync;

/** The rules of the sample configuration, as the service makes them. */
export const POLICY: Policy = {
  groups: policies,
  firestoreDelete,
  maxBounces,
  clockUncertaintyMs,
  direction: "both",
  paused: false,
  same: (group, a, b) => sameValue(fieldMap, group, a, b),
};

/** One member whose turn it is: what the store knows, and what has arrived. */
export interface Case {
  readonly hub: Hub | undefined;
  readonly observation: Observation;
}

/** What can arrive, and how many of a hundred observations are such. */
export const KINDS = {
  edit: { of100: 40, make: edited },
  answer: { of100: 40, make: answered },
  duplicate: { of100: 10, make: duplicated },
  "first sight": { of100: 5, make: firstSeen },
  conflict: { of100: 5, make: contested },
} as const;
export type Kind = keyof typeof KINDS;

export const KIND_NAMES: readonly Kind[] = ["edit", "answer", "duplicate", "first sight", "conflict"];

const SORTED = KIND_NAMES.flatMap((kind) => Array.from({ length: KINDS[kind].of100 }, () => kind));

/** In a fixed order that is not sorted by kind: a pipeline does not get them sorted either. */
const MIX: readonly Kind[] = SORTED.map((kind, at) => SORTED[(at * 37) % SORTED.length] ?? kind);

/** One case as JSON text. A million members are a hundred such patterns, each under its own reference and kennitala. */
interface Pattern {
  readonly member: Member;
  readonly text: string;
}

const PATTERNS = 100;

/** Makes cases of any members, of one kind or of the mix, as they come from the store and from the wire: parsed from JSON. */
export function casesOf(kind?: Kind): (from: number, count: number) => readonly Case[] {
  const patterns = Array.from({ length: PATTERNS }, (_, at) => patternOf(memberOf(at), kind ?? MIX[at] ?? "edit"));
  const caseOf = (number: number, at: number) => fill(patterns[at % PATTERNS], identityOf(number));
  return (from, count) => Array.from({ length: count }, (_, at) => caseOf(from + at, at));
}

function patternOf(member: Member, kind: Kind): Pattern {
  return { member, text: JSON.stringify(KINDS[kind].make(member)) };
}

function fill(pattern: Pattern | undefined, { memberRef, kennitala }: Pick<Member, "memberRef" | "kennitala">): Case {
  if (pattern === undefined) throw new Error("there is no pattern");
  return JSON.parse(pattern.text.replaceAll(pattern.member.memberRef, memberRef).replaceAll(pattern.member.kennitala, kennitala));
}

/** A hub in which an observation of each of these sides waits for the flush. */
export function waitingHub(member: Member, sides: readonly ("django" | "firestore")[]): Hub {
  const observations = sides.map((side) => editedBy(side, member, later(side), side === "django" ? 1 : 2));
  return asParsed(hold(agreed(member), observations, POLICY, NOON).hub);
}

/** A member that both sides hold and agree on. */
export function agreed(member: Member): Hub {
  const created = planned(undefined, observed("django", member, "1", member.record));
  return planned(created.hub, observed("firestore", member, "1780000000000000000", member.record, ours(created))).hub;
}

function edited(member: Member): Case {
  const side = member.number % 2 === 0 ? "django" : "firestore";
  return { hub: agreed(member), observation: editedBy(side, member, later(side), 1) };
}

function answered(member: Member): Case {
  const { hub, observation } = edited(member);
  const sent = planned(hub, observation);
  const side = otherSide(observation.side);
  return { hub: sent.hub, observation: observed(side, member, later(side), observation.record, ours(sent)) };
}

function duplicated(member: Member): Case {
  const { hub, observation } = edited(member);
  return { hub: planned(hub, observation).hub, observation };
}

function firstSeen(member: Member): Case {
  return { hub: undefined, observation: observed("django", member, "1", member.record) };
}

function contested(member: Member): Case {
  const { hub } = planned(agreed(member), editedBy("django", member, later("django"), 1));
  return { hub, observation: editedBy("firestore", member, later("firestore"), 2) };
}

/** The planner is never given anything here that was not parsed, as in the service: other objects would slow it down. */
function planned(hub: Hub | undefined, observation: Observation): Plan {
  return plan(hub && asParsed(hub), [asParsed(observation)], POLICY, NOON);
}

function ours({ commands: [command] }: Plan): Partial<Observation> {
  if (command === undefined) throw new Error("an edit makes a command");
  return { writeId: command.writeId, answer: { writeId: command.writeId, status: "applied" } };
}

function later(side: "django" | "firestore"): string {
  return side === "django" ? "2" : "1780000001000000000";
}

function asParsed<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
