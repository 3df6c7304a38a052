import type { FastifyRequest } from "fastify";

/** Who acts, as an opaque id that the caller vouches for with its token. Anything else that may stand there is not kept. */
export function actorOf(request: FastifyRequest): string | null {
  const actor = request.headers["x-actor"];
  return typeof actor === "string" && /^[\w.:@+-]{1,200}$/.test(actor) ? actor : null;
}
