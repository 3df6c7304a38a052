import type { PushVerifier } from "@member-sync/shared/http/push-auth.ts";
import type { Logger } from "@member-sync/shared/runtime/logging.ts";
import type { FastifyInstance } from "fastify";
import type { BackfillReport } from "../../app/backfill.ts";
import { onlyFrom } from "./only-from.ts";

export interface BackfillRoute {
  readonly backfill: () => Promise<BackfillReport>;
  readonly verify: PushVerifier;
  readonly log: Logger;
}

/** `POST /backfill` publishes what every document holds now. Answers 200 with the figures, 503 when it did not get through. */
export function registerBackfill(app: FastifyInstance, { backfill, verify, log }: BackfillRoute): void {
  app.post("/backfill", { onRequest: onlyFrom(verify, log) }, () => backfill());
}
