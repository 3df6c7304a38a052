import { z } from "zod";

/** Why a message could not be processed, one word per operator action. */
export const deadLetterCause = z.enum([
  "malformed",
  "unknown-version",
  "oversized",
  "invalid-item",
  "wrong-member",
  "refused",
  "unmapped",
  "future-revision",
  "exhausted",
  "unknown",
]);
export type DeadLetterCause = z.infer<typeof deadLetterCause>;

/** A message or item given up on, whole, with its reason. Travels on `member-dead-letters`. */
export const deadLetterNotice = z.strictObject({
  /** Equal for the same item given up on twice, so that one record is kept. */
  id: z.string().max(200),
  cause: deadLetterCause,
  reason: z.string().max(2000),
  /** Who gave up: a service name, or the subscription whose attempts were spent. */
  origin: z.string().max(200),
  /** Topic that a replay is published to. */
  topic: z.string().max(200),
  memberRef: z.string().nullable(),
  side: z.enum(["django", "firestore"]).nullable(),
  /** The text to publish again, as it arrived. */
  data: z.string(),
  attributes: z.record(z.string(), z.string()),
  /** Epoch milliseconds. */
  at: z.number().int(),
});
export type DeadLetterNotice = z.infer<typeof deadLetterNotice>;
