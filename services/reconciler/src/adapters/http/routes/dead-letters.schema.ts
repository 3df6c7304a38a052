import { deadLetterCause } from "@member-sync/shared/messages/dead-letter.ts";
import { z } from "zod";
import type { DeadLetter } from "../../../app/ports.ts";
import { instant, iso, pageSchema, paging, side } from "../wire.ts";

/** A letter as the API tells it: whole but for the message itself, which holds a person's data. */
export const deadLetterSchema = z
  .object({
    id: z.string(),
    cause: deadLetterCause,
    reason: z.string(),
    origin: z.string(),
    topic: z.string(),
    memberRef: z.string().nullable(),
    side: side.nullable(),
    state: z.enum(["open", "replayed", "discarded"]),
    firstSeenAt: instant,
    lastSeenAt: instant,
    seen: z.number().int(),
    bytes: z.number().int().describe("size of the message"),
    attributes: z.record(z.string(), z.string()),
    resolution: z.object({ at: instant, actor: z.string().nullable(), reason: z.string().nullable() }).optional(),
  })
  .meta({ id: "DeadLetter" });

export const deadLetterList = pageSchema(deadLetterSchema);
export const deadLetterParams = z.object({ id: z.string().min(1).max(200) });
export const deadLetterQuery = z.object({
  state: z.enum(["open", "replayed", "discarded", "all"]).default("open"),
  cause: deadLetterCause.optional(),
  ...paging,
});
export const discardBody = z.strictObject({ reason: z.string().trim().min(1, "say why it is discarded").max(1000) });
export const replayBody = z.strictObject({
  filter: z.strictObject({ cause: deadLetterCause.optional() }).describe("which of the open letters; empty for all"),
  ratePerSecond: z.number().min(0.1).max(1000).default(10),
});

export function deadLetterToWire(letter: DeadLetter): z.infer<typeof deadLetterSchema> {
  const { data, at: _, firstSeenAt, lastSeenAt, resolution, ...rest } = letter;
  return {
    ...rest,
    attributes: { ...letter.attributes },
    firstSeenAt: iso(firstSeenAt),
    lastSeenAt: iso(lastSeenAt),
    bytes: Buffer.byteLength(data),
    ...(resolution && { resolution: { ...resolution, at: iso(resolution.at) } }),
  };
}
