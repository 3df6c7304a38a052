import { unknownToConsumer, unknownToProducer, type FieldMapSignature } from "@member-sync/shared/member/field-map-signature.ts";
import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";

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
  return { ...observation, record, unknown };
}
