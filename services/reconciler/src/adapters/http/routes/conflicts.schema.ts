import { groupValue } from "@member-sync/shared/member/member-record.ts";
import { z } from "zod";
import { CONFLICT_STATES, type Conflict, type Contender } from "../../../core/conflict.ts";
import { CONFLICT_CAUSES } from "../../../core/hub.ts";
import { errorAnswer, instant, iso, isoOrNull, memberRef, pageSchema, paging, side } from "../wire.ts";

const contender = z.object({
  value: groupValue,
  changedAt: instant.nullable().describe("null where the side does not tell"),
  actor: z.string().nullable(),
});

export const conflictSchema = z
  .object({
    id: z.string(),
    memberRef: z.string(),
    group: z.string().describe("field group, or `life`"),
    state: z.enum(CONFLICT_STATES),
    cause: z.enum(CONFLICT_CAUSES),
    openedAt: instant,
    expected: z.string().describe("opaque: a decision sends it back"),
    agreed: groupValue.describe("what both sides had last agreed on"),
    django: contender,
    firestore: contender,
    refusal: z.object({ side, code: z.string(), message: z.string() }).optional(),
    decision: z.object({ value: groupValue, actor: z.string().nullable(), at: instant, note: z.string().nullable() }).optional(),
  })
  .meta({ id: "Conflict" });

export const conflictList = pageSchema(conflictSchema);
export const conflictParams = z.object({ id: z.string().min(1).max(200) });
export const conflictQuery = z.object({
  state: z.enum([...CONFLICT_STATES, "all"]).default("open"),
  memberRef: memberRef.optional(),
  ...paging,
});

const decidedOn = { expected: z.string().min(1).max(300), note: z.string().max(1000).nullish() };

export const decisionBody = z.discriminatedUnion("choice", [
  z.strictObject({ choice: z.literal("django"), ...decidedOn }),
  z.strictObject({ choice: z.literal("firestore"), ...decidedOn }),
  z.strictObject({ choice: z.literal("custom"), value: groupValue, ...decidedOn }),
]);

export const outdatedAnswer = errorAnswer.extend({ conflict: conflictSchema.describe("as it stands now") });

/** A conflict as the API tells it. */
export function conflictToWire(conflict: Conflict): z.infer<typeof conflictSchema> {
  const { id, group, state, cause, expected, agreed, refusal, decision } = conflict;
  return {
    id,
    memberRef: conflict.memberRef,
    group,
    state,
    cause,
    openedAt: iso(conflict.openedAt),
    expected,
    agreed,
    django: contenderToWire(conflict.django),
    firestore: contenderToWire(conflict.firestore),
    ...(refusal && { refusal }),
    ...(decision && { decision: { ...decision, at: iso(decision.at) } }),
  };
}

function contenderToWire({ value, changedAt, actor }: Contender): z.infer<typeof contender> {
  return { value, changedAt: isoOrNull(changedAt), actor };
}
