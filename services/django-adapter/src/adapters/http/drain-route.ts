import { requireBearer } from "@member-sync/shared/http/bearer.ts";
import type { Secret } from "@member-sync/shared/runtime/secret.ts";
import type { FastifyInstance } from "fastify";
import type { DrainReport } from "../../app/capture.ts";

export interface DrainRoute {
  readonly token: Secret;
  readonly drain: () => Promise<DrainReport>;
}

/** `POST /drain`: empties Django's outbox now, and answers with what was published; 503 while Django cannot be reached. */
export function registerDrain(app: FastifyInstance, { token, drain }: DrainRoute): void {
  app.post("/drain", { onRequest: requireBearer([token]) }, async () => {
    const { published, rows } = await drain();
    return { published, rows };
  });
}
