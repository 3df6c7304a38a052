import { z } from "zod";
import type { ConfirmedRestore, Control } from "../../../app/ports.ts";
import type { Status } from "../use-cases.ts";
import { instant, iso, isoOrNull, side } from "../wire.ts";
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

const lineage = z.string().describe("opaque identity of a side's history; a restored side has another");

const restoreSchema = z
  .object({
    side,
    lineage: lineage.nullable().describe("null: the side tells none, and whatever it holds now counts"),
    ended: z.array(lineage).describe("whatever still arrives of these is late"),
    confirmedAt: instant,
    reason: z.string(),
    actor: z.string().nullable(),
  })
  .meta({ id: "Restore" });

const suspicionSchema = z
  .object({
    side,
    from: lineage.nullable().describe("the lineage that was known"),
    to: z.array(lineage).describe("the lineages that the side has told since"),
    since: instant,
    members: z.number().int().describe("members that wait for an operator; counted up to 1,000 that wait"),
  })
  .meta({ id: "Suspicion" });

export const restoreBody = z.strictObject({
  side,
  lineage: z.string().min(1).max(64).optional().describe("as the side prints it; needed where several were heard"),
  reason: z.string().trim().min(1).max(1000),
});

export const confirmationSchema = restoreSchema
  .extend({ wasSuspected: z.boolean().describe("false: nothing had pointed to a restore; the confirmation holds all the same") })
  .meta({ id: "RestoreConfirmation" });

export const statusSchema = controlSchema
  .extend({
    mode: z.enum(["realtime", "scheduled"]),
    openConflicts: z.number().int(),
    openDeadLetters: z.number().int(),
    lastRun: runSchema.nullable(),
    suspicions: z.array(suspicionSchema).describe("sides that seem to have been restored from a backup: nothing is sent to them"),
    restores: z.array(restoreSchema).describe("the last confirmed restore of each side"),
    backlog: z
      .object({
        inFlight: z.number().int().describe("members with a command that was sent and is not answered yet"),
        waiting: z.number().int().describe("members with an observation that waits for a flush, or for an operator"),
        due: z.number().int().describe("members with something decided that is not sent yet: a pause or a closed direction holds it back"),
      })
      .optional(),
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
    suspicions: status.suspicions.map(({ since, to, ...suspicion }) => ({ ...suspicion, to: [...to], since: iso(since) })),
    restores: status.restores.map(restoreToWire),
    ...(backlog && { backlog: { ...backlog } }),
  };
}

export function restoreToWire({ ended, confirmedAt, ...restore }: ConfirmedRestore): z.infer<typeof restoreSchema> {
  return { ...restore, ended: [...ended], confirmedAt: iso(confirmedAt) };
}
