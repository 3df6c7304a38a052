import { z } from "zod";
import { groupValue, life, memberRecord } from "../member/member-record.ts";
import { revision } from "../member/revision.ts";

export const side = z.enum(["django", "firestore"]);

/** Why a side would not take a group, in the side's own words and without the value. */
export const refusal = z.strictObject({ code: z.string().max(60), message: z.string().max(500) });
export type Refusal = z.infer<typeof refusal>;

/**
 * What became of an apply command, told with the observation of what the side holds now.
 * - `applied`: the target was read back with our write id on it; groups in `rejected` were left out.
 * - `stale`: the side no longer stood at the expected revision, or the command only looked; nothing was written.
 * - `rejected`: every group was refused; nothing was written.
 */
export const answer = z.strictObject({
  writeId: z.string().max(100),
  status: z.enum(["applied", "stale", "rejected"]),
  rejected: z.record(z.string(), refusal).optional(),
});
export type Answer = z.infer<typeof answer>;

const groupNames = z.array(z.string().max(100)).max(200);

/**
 * What one side held of one member at one revision. Its identity is side, member and revision; it carries the
 * whole record, so that a consumer needs no read-back, and `changed` for people only.
 */
export const observation = z.strictObject({
  id: z.string().max(120),
  side,
  memberRef: z.string().regex(/^[a-z2-7]{20}$/),
  kennitala: z.string().regex(/^\d{10}$/),
  revision,
  life,
  record: memberRecord,
  changed: z.record(z.string(), z.strictObject({ from: groupValue.optional(), to: groupValue.optional() })).optional(),
  /** Epoch milliseconds, by the side's own server clock. */
  changedAt: z.number().int().nonnegative(),
  /** Who edited: an opaque id of the side (`user:3`, an auth uid), never a name. */
  actor: z.string().max(200).nullable(),
  djangoId: z.number().int().nullable(),
  /** The last of our write ids that stands on the side at this revision, or that the change to this revision took away. */
  writeId: z.string().max(100).nullable(),
  /** What the side refused of that write, by group; absent where the side does not tell. */
  rejected: z.record(z.string(), refusal).optional(),
  /** When what holds the record came to be, as a revision: another one is another document. Absent where the side does not tell. */
  created: revision.optional(),
  answer: answer.optional(),
  /** Forbidden paths that changed: clients may not write them, and they do not propagate. */
  refused: z.array(z.string().max(200)).max(100).optional(),
  /** Paths that changed and that no field maps. */
  unmapped: z.array(z.string().max(200)).max(100).optional(),
  /** Identity of the side's history: a side that was restored from a backup gets a new one. Absent where the side does not tell. */
  lineage: z.string().min(1).max(64).optional(),
  /** Groups that the producer could not read, because its own field map (or Django's) does not have them: unknown, not absent. */
  unknown: groupNames.optional(),
  /**
   * Groups that lost a value because a program replaced the document or the map around them: nobody cleared it. Such a
   * group has in `record` the value that it lost, or, where the write carried a part of it, what the edit comes to; the side
   * itself does not hold all of that until the next command writes it. It is missing from `record` where its reader did not
   * see what was lost.
   */
  replaced: groupNames.optional(),
  /** Protected paths that do not hold what only we may write there: the next command restores them. */
  tampered: z.array(z.string().max(200)).max(20).optional(),
  /** The document carries no mark of ours, neither a valid nor a forged one. The reconciler knows whether it must carry one. */
  unmarked: z.literal(true).optional(),
  /** How far the side's clock was measured to be from the producer's, in milliseconds. Absent where nothing was measured. */
  clockErrorMs: z.number().int().nonnegative().optional(),
});
export type Observation = z.infer<typeof observation>;

/** The identity of an observation: equal for every delivery of the same state. */
export function observationId(of: Pick<Observation, "side" | "memberRef" | "revision">): string {
  return `${of.side}:${of.memberRef}:${of.revision}`;
}
