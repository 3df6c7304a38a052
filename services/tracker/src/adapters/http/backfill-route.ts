import type { FastifyInstance, onRequestAsyncHookHandler } from "fastify";
import type { BackfillReport } from "../../app/backfill.ts";

export interface BackfillRoute {
  readonly backfill: () => Promise<BackfillReport>;
  readonly guard: onRequestAsyncHookHandler;
}

/** `POST /backfill` publishes what every document holds now. Answers 200 with the figures, 503 when it did not get through. */
export function registerBackfill(app: FastifyInstance, { backfill, guard }: BackfillRoute): void {
  app.post("/backfill", { onRequest: guard }, () => backfill());
}
