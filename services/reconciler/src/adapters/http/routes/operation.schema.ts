import { z } from "zod";
import type { Control } from "../../../app/ports.ts";
import type { Status } from "../use-cases.ts";
import { instant, isoOrNull } from "../wire.ts";
import { runSchema, runToWire } from "./runs.schema.ts";

const direction = z.enum(["both", "to-firestore", "to-django", "none"]);

export const controlSchema = z
  .object({
    paused: z.boolean(),
    direction,
    reason: z.string().nullable(),
    changedAt: instant.nullable(),
  })
  .meta({ id: "Control" });

export const controlBody = z
  .strictObject({
    paused: z.boolean().optional(),
    direction: direction.optional(),
    reason: z.string().trim().max(1000).nullable().optional(),
  })
  .refine(({ paused, direction: to }) => paused !== undefined || to !== undefined, "say `paused`, `direction` or both");

export const statusSchema = controlSchema
  .extend({
    mode: z.enum(["realtime", "scheduled"]),
    openConflicts: z.number().int(),
    openDeadLetters: z.number().int(),
    lastRun: runSchema.nullable(),
    backlog: z.object({ inFlight: z.number().int(), waiting: z.number().int(), due: z.number().int() }).optional(),
  })
  .meta({ id: "Status" });

export function controlToWire({ paused, direction: to, reason, changedAt }: Control): z.infer<typeof controlSchema> {
  return { paused, direction: to, reason, changedAt: isoOrNull(changedAt) };
}

export function statusToWire(status: Status): z.infer<typeof statusSchema> {
  const { mode, openConflicts, openDeadLetters, lastRun, backlog } = status;
  return {
    ...controlToWire(status),
    mode,
    openConflicts,
    openDeadLetters,
    lastRun: lastRun === null ? null : runToWire(lastRun),
    ...(backlog && { backlog: { ...backlog } }),
  };
}
