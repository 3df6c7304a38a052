import { z } from "zod";

/** What other programs may rely on in the reconciler's answers; written down here apart from the service on purpose. */
const instant = z.iso.datetime();
const side = z.enum(["django", "firestore"]);
const contender = z.object({ value: z.unknown().optional(), changedAt: instant.nullable(), actor: z.string().nullable() });

export const conflictShape = z.object({
  id: z.string(),
  memberRef: z.string(),
  group: z.string(),
  state: z.string(),
  cause: z.string(),
  openedAt: instant,
  expected: z.string(),
  agreed: z.unknown().optional(),
  django: contender,
  firestore: contender,
  refusal: z.object({ side, code: z.string(), message: z.string() }).optional(),
});
export type ConflictView = z.infer<typeof conflictShape>;

export const deadLetterShape = z.object({
  id: z.string(),
  cause: z.string(),
  reason: z.string(),
  origin: z.string(),
  topic: z.string(),
  memberRef: z.string().nullable(),
  state: z.string(),
  seen: z.number(),
});
export type DeadLetterView = z.infer<typeof deadLetterShape>;

const parked = z.object({ conflictId: z.string(), cause: z.string() }).nullable();
const sideShape = z
  .object({ revision: z.string(), life: z.string(), inFlight: z.object({ writeId: z.string() }).nullable(), waiting: z.boolean() })
  .nullable();

export const memberShape = z.object({
  memberRef: z.string(),
  djangoId: z.number().nullable(),
  inSync: z.boolean(),
  inSyncSince: instant.nullable(),
  life: z.object({ state: z.enum(["alive", "deleted"]), incarnation: z.number(), parked }),
  groups: z.array(
    z.object({
      group: z.string(),
      value: z.unknown().optional(),
      ver: z.number(),
      parked,
      django: z.unknown().optional(),
      firestore: z.unknown().optional(),
    }),
  ),
  django: sideShape,
  firestore: sideShape,
});
export type MemberView = z.infer<typeof memberShape>;

export const historyShape = z.object({
  id: z.string(),
  at: instant,
  entries: z.array(
    z.object({
      group: z.string(),
      outcome: z.string(),
      side: z.string(),
      actor: z.string().nullable(),
      changedAt: instant.nullable(),
      value: z.unknown().optional(),
      other: z.unknown().optional(),
      rule: z.string(),
      conflictId: z.string().optional(),
    }),
  ),
});
export type HistoryView = z.infer<typeof historyShape>;

const counts = z.object({ success: z.number(), failed: z.number() });
export const runShape = z.object({
  id: z.string(),
  type: z.string(),
  status: z.enum(["running", "success", "failed"]),
  stats: z.object({ firestore_to_django: counts, django_to_firestore: counts, conflicts: z.number() }),
  started_at: instant,
  completed_at: instant.nullable(),
  error: z.string().nullable(),
});
export type RunView = z.infer<typeof runShape>;

export const statusShape = z.object({
  mode: z.string(),
  paused: z.boolean(),
  direction: z.string(),
  openConflicts: z.number(),
  openDeadLetters: z.number(),
  lastRun: runShape.nullable(),
  backlog: z.object({ inFlight: z.number(), waiting: z.number(), due: z.number() }).optional(),
});
export type StatusView = z.infer<typeof statusShape>;
