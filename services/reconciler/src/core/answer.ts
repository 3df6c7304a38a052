import type { Observation, Refusal } from "@member-sync/shared/messages/observation.ts";
import { heldBy, registerOf, type Draft } from "./draft.ts";
import { LIFE, type InFlight } from "./hub.ts";
import { park } from "./park.ts";

const UNNAMED: Refusal = { code: "refused", message: "The side refused the command without naming a field." };

/**
 * Takes in what a side would not take of our command: each refused group waits for a person, with the side's own
 * words; the rest of the command stays in flight until its observation tells that it landed. Told by the answer, or by
 * any observation of our write that is heard before it.
 */
export function takeAnswer(draft: Draft, observation: Observation): void {
  const { answer, side, writeId } = observation;
  const inFlight = draft.out[side];
  if (inFlight === undefined) return;
  const isAnswer = answer?.writeId === inFlight.writeId;
  if (!isAnswer && writeId !== inFlight.writeId) return;
  const isWhole = isAnswer && answer.status === "rejected";
  const named = (isAnswer ? answer.rejected : observation.rejected) ?? {};
  const refusals = isWhole ? namedOrAll(inFlight, named) : named;

  for (const [group, refusal] of Object.entries(refusals)) refuse(draft, observation, inFlight, group, refusal);
  if (isWhole && inFlight.life !== undefined && draft.life.ver === inFlight.life.ver) {
    const refusal = Object.values(refusals)[0] ?? UNNAMED;
    park(draft, LIFE, "rejected", draft.life.state, { side, ...refusal });
  }
  if (isWhole) delete draft.out[side];
  else if (Object.keys(refusals).length > 0) draft.out[side] = withoutGroups(inFlight, Object.keys(refusals));
  draft.changed ||= isWhole;
}

/** A refusal that names nothing that we sent must still be seen by somebody, or it would be sent again for ever. */
function namedOrAll(inFlight: InFlight, named: Readonly<Record<string, Refusal>>): Readonly<Record<string, Refusal>> {
  const sent = Object.keys(inFlight.groups);
  if (sent.length === 0 || sent.some((group) => group in named)) return named;
  const [reason] = Object.values(named);
  return Object.fromEntries(sent.map((group) => [group, reason ?? UNNAMED]));
}

function refuse(draft: Draft, observation: Observation, inFlight: InFlight, group: string, refusal: Refusal): void {
  const register = registerOf(draft, group);
  // A value that was replaced since is not worth a question: the newer one is tried next.
  if (register.ver !== inFlight.vers[group]) return;
  const agreed = heldBy(draft.sides[observation.side], group);
  const mark = park(draft, group, "rejected", agreed, { side: observation.side, ...refusal });
  draft.history.push({
    group,
    outcome: "rejected",
    side: register.side,
    actor: register.actor,
    changedAt: register.changedAt,
    value: register.value,
    other: agreed,
    ver: register.ver,
    rule: refusal.code,
    conflictId: mark.conflictId,
  });
}

function withoutGroups(inFlight: InFlight, groups: readonly string[]): InFlight {
  const keep = ([group]: readonly [string, unknown]) => !groups.includes(group);
  return {
    ...inFlight,
    groups: Object.fromEntries(Object.entries(inFlight.groups).filter(keep)),
    vers: Object.fromEntries(Object.entries(inFlight.vers).filter(keep)),
  };
}
