import { date, email, integerEnum, phone, text } from "./packages/shared/src/member/codecs.ts";
import { defineFieldMap, field, group } from "./packages/shared/src/member/field-map.ts";
import { defineMemberSync } from "./packages/shared/src/sync-config.ts";

const HOUR_MS = 3_600_000;

/**
 * What is kept equal, and by which rules. Paths are those of the Firestore document; Django's settings map the same
 * paths onto its models. Fields that stand in one group change as one value.
 */
export const memberSync = defineMemberSync({
  fieldMap: defineFieldMap({
    name: field("profile.name", text({ max: 250 })),
    email: field("profile.email", email()),
    phone: field("profile.phone", phone()),
    birthday: field("profile.birthday", date()),
    gender: field("profile.gender", integerEnum([0, 1, 2, 3])),
    facebook: field("profile.facebook", text({ max: 250 })),
    address: group({
      street: ["address.street", text({ max: 250 })],
      postal_code: ["address.postal_code", text({ max: 20 })],
      city: ["address.city", text({ max: 100 })],
    }),
  }),
  // Two edits of one group that are further apart than the window: the later wins. Closer: a person is asked.
  // Per group also { kind: "owner", side: "django" } or { kind: "manual" }.
  defaultPolicy: { kind: "lww", windowMs: HOUR_MS },
  policies: {},
  // Changes of these by the portal's users do not propagate; they are recorded as refused.
  notSteerable: ["metadata", "membership", "profile.kennitala"],
  // A document removed from Firestore: ask ("review"), or deactivate the member in Django.
  firestoreDelete: "review",
  // More members than this, deleted, blanked or changed by one side within the window, stop that direction. Not in force yet.
  breaker: { windowMs: HOUR_MS, maxDeleted: 20, maxBlanked: 50, maxChanged: 2_000 },
});
