import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { invariant } from "../errors/sync-error.ts";
import type { Secret } from "../runtime/secret.ts";
import { errorBody } from "./error-answer.ts";

/** A fastify `onRequest` hook that lets in who bears one of the tokens. All are compared, each in constant time. */
export function requireBearer(tokens: readonly Secret[]): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  invariant(tokens.length > 0, "a route that asks for a token has at least one");
  const known = tokens.map((token) => digest(token.reveal()));
  return async (request, reply) => {
    const given = digest(/^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "");
    const matches = known.map((token) => timingSafeEqual(token, given));
    if (matches.includes(true)) return undefined;
    return reply.code(401).header("www-authenticate", "Bearer").send(errorBody("unauthorized", "A valid bearer token is needed."));
  };
}

function digest(value: string): Buffer {
  return createHash("sha256").update(value).digest();
}
