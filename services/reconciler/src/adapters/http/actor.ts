import type { FastifyRequest } from "fastify";
import { z } from "zod";

/** Headers of a route that is told who acts. */
export const actorHeaders = z.looseObject({
  "x-actor": z.string().optional().describe("opaque id of the person who acts, such as `user:3`; kept with what they did"),
});

/** Who acts, as an opaque id that the caller vouches for with its token. Anything else that may stand there is not kept. */
export function actorOf(request: FastifyRequest): string | null {
  const actor = request.headers["x-actor"];
  return typeof actor === "string" && /^[\w.:@+-]{1,200}$/.test(actor) ? actor : null;
}
