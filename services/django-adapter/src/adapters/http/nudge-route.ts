import { errorBody } from "@member-sync/shared/http/error-answer.ts";
import type { Secret } from "@member-sync/shared/runtime/secret.ts";
import type { FastifyInstance, FastifyRequest } from "fastify";
import fastifyRawBody from "fastify-raw-body";
import { Webhook } from "standardwebhooks";

export interface NudgeRoute {
  /** Several while one is being replaced; none refuses every nudge. */
  readonly secrets: readonly Secret[];
  readonly seenBefore: (id: string) => boolean;
  readonly onNudge: (outcome: "taken" | "repeated" | "refused") => void;
}

/**
 * `POST /hooks/django`: Django says that its outbox has something. Signed by the Standard Webhooks scheme, with five
 * minutes of tolerance either way. It carries no data, and losing it costs only the poll interval.
 */
export async function registerNudge(app: FastifyInstance, { secrets, seenBefore, onNudge }: NudgeRoute): Promise<void> {
  const webhooks = secrets.map((secret) => new Webhook(secret.reveal()));
  await app.register(fastifyRawBody, { global: false, runFirst: true });
  app.post("/hooks/django", { config: { rawBody: true }, bodyLimit: 10_000 }, async (request, reply) => {
    const id = webhooks.some((webhook) => isSigned(webhook, request)) ? request.headers["webhook-id"] : undefined;
    if (typeof id !== "string") {
      onNudge("refused");
      return reply.code(401).send(errorBody("unauthorized", "The signature is missing or wrong."));
    }
    const isRepeated = seenBefore(id);
    onNudge(isRepeated ? "repeated" : "taken");
    return isRepeated ? { status: "known" } : reply.code(204).send();
  });
}

/** The library's error carries no status, so it is taken for a no. */
function isSigned(webhook: Webhook, { rawBody, headers }: FastifyRequest): boolean {
  if (rawBody === undefined) return false;
  const texts = Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value] as const] : []));
  try {
    webhook.verify(rawBody, Object.fromEntries(texts), { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}
