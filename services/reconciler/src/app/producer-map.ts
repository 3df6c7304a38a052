import { unknownToConsumer, unknownToProducer, type FieldMapSignature } from "@member-sync/shared/member/field-map-signature.ts";
import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { Observation, Refusal } from "@member-sync/shared/messages/observation.ts";

const ELSEWHERE: Refusal = { code: "unmapped", message: "another version of the service has other fields for it" };

/** Groups of a producer's field map that this reconciler does not map: it cannot tell yet what they mean. */
export function groupsAhead(own: FieldMapSignature, producer: FieldMapSignature | undefined): readonly GroupName[] {
  return producer === undefined ? [] : unknownToConsumer(own, producer);
}

/**
 * An observation as this reconciler may read it: groups that its producer does not map, or maps with other fields, are
 * unknown, and neither absent nor cleared.
 */
export function readFrom(own: FieldMapSignature, producer: FieldMapSignature | undefined, observation: Observation): Observation {
  const notMapped = producer === undefined ? [] : unknownToProducer(own, producer);
  const unknown = [...new Set([...(observation.unknown ?? []), ...notMapped])];
  if (unknown.length === 0) return observation;
  const record = Object.fromEntries(Object.entries(observation.record).filter(([group]) => !unknown.includes(group)));
  const elsewhere = notMapped.filter((group) => Object.hasOwn(producer ?? {}, group));
  return { ...observation, record, unknown, ...withoutElsewhere(observation, elsewhere) };
}

/** A producer that has a group with other fields may have written it to those: nothing was written that we would find. */
function withoutElsewhere({ answer, rejected }: Observation, groups: readonly GroupName[]): Pick<Observation, "answer" | "rejected"> {
  if (groups.length === 0) return {};
  const left = Object.fromEntries(groups.map((group) => [group, ELSEWHERE]));
  return {
    ...(rejected && { rejected: { ...left, ...rejected } }),
    ...(answer && { answer: { ...answer, ...(answer.status === "applied" && { rejected: { ...left, ...answer.rejected } }) } }),
  };
}
