import { date, email, integerEnum, phone, text } from "@member-sync/shared/member/codecs.ts";
import { defineFieldMap, field, group } from "@member-sync/shared/member/field-map.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import { packEnvelopes } from "@member-sync/shared/messages/envelope.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { IncomingMessage } from "@member-sync/shared/messages/message.ts";
import type { ObserveRules } from "../src/app/observe.ts";
import { markKeyOf, signMark } from "../src/app/own-mark.ts";
import type { DocumentData } from "../src/app/ports.ts";

export const KEY = "a key of sixteen and more";
export const ANNA = "0101302989";
export const BJARNI = "1212121239";

export const LINEAGE = "lineage-1";

export const rules: ObserveRules = {
  memberRefKey: KEY,
  markKey: markKeyOf(KEY),
  ownWriters: [],
  lineage: LINEAGE,
  notSteerable: ["metadata", "membership", "profile.kennitala"],
  fieldMap: defineFieldMap({
    name: field("profile.name", text({ max: 250 })),
    email: field("profile.email", email()),
    phone: field("profile.phone", phone()),
    birthday: field("profile.birthday", date()),
    gender: field("profile.gender", integerEnum([0, 1, 2, 3])),
    address: group({
      street: ["address.street", text()],
      postal_code: ["address.postal_code", text()],
      city: ["address.city", text()],
    }),
  }),
};

/** `metadata.sync` as a write of ours leaves it. */
export function signed(writeId: string, revision: string | null = null, kennitala = ANNA): DocumentData {
  return { write_id: writeId, revision, at: new Date(0), sig: signMark(rules.markKey, kennitala, { writeId, revision, refused: "" }) };
}

export function command(parts: Partial<ApplyCommand> & Pick<ApplyCommand, "writeId">): ApplyCommand {
  const kennitala = parts.kennitala ?? ANNA;
  const memberRef = memberRefOf(KEY, kennitala);
  return { side: "firestore", memberRef, kennitala, djangoId: null, expectRevision: null, groups: {}, emittedAt: 0, ...parts };
}

/** The commands as Pub/Sub delivers them. */
export function delivered(commands: readonly ApplyCommand[]): IncomingMessage {
  const [message] = packEnvelopes("member-apply.v1", "firestore", commands);
  if (message === undefined) throw new Error("there is nothing to deliver");
  return { ...message, messageId: "1", subscription: "tracker-apply", publishedAt: 0 };
}
