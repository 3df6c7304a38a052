import { z } from "zod";
import { applyCommand } from "./apply-command.ts";
import { deadLetterNotice } from "./dead-letter.ts";
import { MAX_ITEMS } from "./envelope.ts";
import { observation, side } from "./observation.ts";

const messages = {
  "member-change.v1": envelopeOf("member-change.v1", observation),
  "member-apply.v1": envelopeOf("member-apply.v1", applyCommand),
  "dead-letter.v1": deadLetterNotice,
} as const;

export type MessageSchemaName = keyof typeof messages;

/** JSON Schema (2020-12) of every message, by its `schema` attribute; made from the zod schemas. */
export function messageJsonSchemas(): Readonly<Record<MessageSchemaName, object>> {
  return {
    "member-change.v1": z.toJSONSchema(messages["member-change.v1"]),
    "member-apply.v1": z.toJSONSchema(messages["member-apply.v1"]),
    "dead-letter.v1": z.toJSONSchema(messages["dead-letter.v1"]),
  };
}

function envelopeOf(schema: string, item: z.ZodType) {
  return z.strictObject({
    schema: z.literal(schema),
    envelopeId: z.string(),
    side,
    fieldMap: z.record(z.string(), z.string()).optional(),
    items: z.array(item).min(1).max(MAX_ITEMS),
  });
}
