import { z } from "zod";
import { memberRecord } from "../member/member-record.ts";
import { revision } from "../member/revision.ts";
import { side } from "./observation.ts";

/** "Write these groups on that side, if it still stands at that revision", with the id that its echo is known by. */
export const applyCommand = z.strictObject({
  writeId: z.string().max(100),
  side,
  memberRef: z.string().regex(/^[a-z2-7]{20}$/),
  kennitala: z.string().regex(/^\d{10}$/),
  djangoId: z.number().int().nullable(),
  /** `null`: there must be no such member there (never seen, or gone); otherwise the very revision it must stand at. */
  expectRevision: revision.nullable(),
  /**
   * With `expectRevision: null`, for a member that the side once had: the revision of its removal. A side that keeps
   * tombstones (Django) creates only if that is still how it stands, so that a late create revives nobody (P8).
   */
  tombstone: revision.optional(),
  /** Present when the member's life changes: `alive` creates or reactivates, `deleted` marks inactive. */
  life: z.enum(["alive", "deleted"]).optional(),
  groups: memberRecord,
  /** The side's lineage that `expectRevision` belongs to. A side of another lineage has been restored: it answers `stale`. */
  lineage: z.string().min(1).max(64).optional(),
  /** Write nothing and answer with what the side holds now, a missing member included. */
  look: z.literal(true).optional(),
  /** Epoch milliseconds. */
  emittedAt: z.number().int().nonnegative(),
});
export type ApplyCommand = z.infer<typeof applyCommand>;
