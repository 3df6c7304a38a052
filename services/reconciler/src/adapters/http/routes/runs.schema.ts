import { z } from "zod";
import type { Run } from "../../../app/ports.ts";
import { instant, iso, pageSchema, paging } from "../wire.ts";

const directionCount = z.object({ success: z.number().int(), failed: z.number().int() });

export const runSchema = z
  .object({
    id: z.string(),
    type: z.enum(["flush", "backfill", "audit", "repair", "replay"]),
    status: z.enum(["running", "success", "failed"]),
    stats: z.object({ firestore_to_django: directionCount, django_to_firestore: directionCount, conflicts: z.number().int() }),
    started_at: instant,
    completed_at: instant.nullable(),
    error: z.string().nullable(),
  })
  .meta({ id: "Run" });

export const runList = pageSchema(runSchema);
export const runQuery = z.object(paging);

export function runToWire(run: Run): z.infer<typeof runSchema> {
  const { id, type, status, stats, error } = run;
  const completed = run.completed_at === null ? null : iso(run.completed_at);
  return { id, type, status, stats: structuredClone(stats), started_at: iso(run.started_at), completed_at: completed, error };
}
