import type { MapInForce } from "@member-sync/reconciler/core/policy.ts";
import type { FieldMap } from "@member-sync/shared/member/field-map.ts";
import { hashOfFieldMap, signatureOf, unknownToConsumer, unknownToProducer } from "@member-sync/shared/member/field-map-signature.ts";
import { readEnvelope, sealEnvelope } from "@member-sync/shared/messages/envelope.ts";
import type { MessageHandler } from "@member-sync/shared/messages/message.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { MAPS } from "./rules.ts";

const KNOWN = new Map(Object.values(MAPS).map((map) => [hashOfFieldMap(signatureOf(map)), signatureOf(map)]));

/** The field map in force, for the planner: hubs name the map that each side was last read with. */
export function mapInForce(fieldMap: FieldMap): MapInForce {
  const own = signatureOf(fieldMap);
  return {
    id: hashOfFieldMap(own),
    newSince: (other) => (other === undefined ? [] : unknownToProducer(own, KNOWN.get(other) ?? {})),
  };
}

/**
 * The intake of a reconciler that knows its producers' field maps: groups that a producer does not map are unknown, and a
 * message of a map that the reconciler does not know yet is redelivered until it does.
 */
export function readingWith(fieldMap: FieldMap, handle: MessageHandler): MessageHandler {
  const own = signatureOf(fieldMap);
  const id = hashOfFieldMap(own);
  return async (message) => {
    if (message.attributes["map"] === undefined || message.attributes["map"] === id) return handle(message);
    const { fieldMap: producer = own, items, envelopeId, side } = readEnvelope("member-change.v1", message);
    if (unknownToConsumer(own, producer).length > 0) return "retry";
    if (side === undefined) return handle(message);
    const notMapped = unknownToProducer(own, producer);
    const texts = items.map((item) => JSON.stringify(asUnknown(item, notMapped)));
    return handle({ ...message, ...sealEnvelope("member-change.v1", { side, envelopeId }, texts) });
  };
}

function asUnknown(observation: Observation, notMapped: readonly string[]): Observation {
  const unknown = [...new Set([...(observation.unknown ?? []), ...notMapped])];
  const record = Object.fromEntries(Object.entries(observation.record).filter(([group]) => !unknown.includes(group)));
  return { ...observation, record, unknown };
}
