import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { decodeText } from "../bus/decode-text.ts";
import type { IncomingMessage, MessageHandler } from "../messages/message.ts";
import type { Logger } from "../runtime/logging.ts";
import { errorBody } from "./error-answer.ts";
import type { PushVerifier } from "./push-auth.ts";

export interface PushRoute {
  readonly path: string;
  readonly handler: MessageHandler;
  readonly verify: PushVerifier;
  readonly log: Logger;
}

/** A broker's message may have 10 MB, in base64 a third more: it must get in, to be dead-lettered as too large. */
const PUSH_LIMIT_BYTES = 15 * 1024 * 1024;

/** One character class: a pattern that groups overflows its stack on ten megabytes. */
const NOT_BASE64 = /[^A-Za-z0-9+/=]/;

/** The emulator writes some names twice, with and without underscore; unknown ones are the broker's business. */
const pushBody = z.object({
  message: z.object({
    data: z
      .string()
      .refine((data) => !NOT_BASE64.test(data))
      .default(""),
    attributes: z
      .record(z.string(), z.string())
      .nullish()
      .transform((attributes) => attributes ?? {}),
    messageId: z.string().optional(),
    message_id: z.string().optional(),
    publishTime: z.string().optional(),
    publish_time: z.string().optional(),
  }),
  subscription: z.string().default(""),
});

/**
 * A Pub/Sub push endpoint. 204 acknowledges; 503 asks for another delivery; 400 is for what no broker sends; 401 and
 * 403 for a sender that is not ours. (202 is not used: it is no acknowledgement everywhere.)
 */
export function registerPush(app: FastifyInstance, { path, handler, verify, log }: PushRoute): void {
  const authorise = {
    onRequest: async (request: { readonly headers: Parameters<PushVerifier>[0] }, reply: Reply) => {
      const verdict = await verify(request.headers);
      if (verdict === "ok") return;
      log.warn({ route: path, statusCode: verdict.status, rule: verdict.reason }, "push refused");
      return reply.code(verdict.status).send(errorBody(verdict.status === 401 ? "unauthorized" : "forbidden", verdict.reason));
    },
  };
  app.post(path, { ...authorise, bodyLimit: PUSH_LIMIT_BYTES }, async (request, reply) => {
    const message = readPush(request.body);
    if (message === undefined) return reply.code(400).send(errorBody("bad_request", "This is no Pub/Sub push."));
    const verdict = await Promise.try(handler, message).catch((err: unknown) => {
      log.error({ err, messageId: message.messageId, subscription: message.subscription }, "message handler failed");
      return "retry" as const;
    });
    return reply.code(verdict === "ack" ? 204 : 503).send();
  });
}

interface Reply {
  code(status: number): Reply;
  send(body: unknown): unknown;
}

function readPush(body: unknown): IncomingMessage | undefined {
  const parsed = pushBody.safeParse(body);
  if (!parsed.success) return undefined;
  const { message, subscription } = parsed.data;
  const publishedAt = Date.parse(message.publishTime ?? message.publish_time ?? "");
  return {
    messageId: message.messageId ?? message.message_id ?? "",
    data: decodeText(Buffer.from(message.data, "base64")),
    attributes: message.attributes,
    subscription: subscription.split("/").at(-1) ?? "",
    publishedAt: Number.isNaN(publishedAt) ? 0 : publishedAt,
  };
}
