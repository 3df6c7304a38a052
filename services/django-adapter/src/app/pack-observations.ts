import type { FieldMap } from "@member-sync/shared/member/field-map.ts";
import { signatureOf, type FieldMapSignature } from "@member-sync/shared/member/field-map-signature.ts";
import { packEnvelopes } from "@member-sync/shared/messages/envelope.ts";
import type { OutgoingMessage } from "@member-sync/shared/messages/message.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";

/** A field map never changes while the service runs, so its signature is computed once. */
const signatures = new WeakMap<FieldMap, FieldMapSignature>();

/** Observations as messages that name the field map they were read with. */
export function packObservations(fieldMap: FieldMap, observations: readonly Observation[]): readonly OutgoingMessage[] {
  const signature = signatures.get(fieldMap) ?? signatureOf(fieldMap);
  signatures.set(fieldMap, signature);
  return packEnvelopes("member-change.v1", "django", observations, signature);
}
