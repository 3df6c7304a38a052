import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { errorBody } from "@member-sync/shared/http/error-answer.ts";
import type { DeadLetterCause } from "@member-sync/shared/messages/dead-letter.ts";
import type { FastifyInstance, onRequestAsyncHookHandler } from "fastify";
import type { Capture } from "../../app/capture.ts";
import type { DocumentChange } from "../../app/ports.ts";
import { decodeDocumentEvent } from "./decode-document-event.ts";
import { eventRequest, replayable, type EventRequest } from "./event-request.ts";

export interface EventsRoute {
  readonly capture: Capture;
  /** Lets in who may bring events, before the body is read. */
  readonly guard: onRequestAsyncHookHandler;
}

const PATH = "/events/firestore";
/** Two documents of 1 MiB each, in base64 twice over. */
const EVENT_LIMIT_BYTES = 11 * 1024 * 1024;

/**
 * Takes Firestore's events, from Eventarc or from a Pub/Sub subscription that stands for it. 204 acknowledges, and
 * comes only after the observation is published or the event is kept as a dead letter; 503 asks for another
 * delivery; 400 says that the body is no event (a broker would bring it again for ever, so a push gets 204 then too).
 */
export async function registerEvents(app: FastifyInstance, { capture, guard }: EventsRoute): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser<Buffer>(
      "*",
      { parseAs: "buffer", bodyLimit: EVENT_LIMIT_BYTES },
      async (_request: unknown, body: Buffer) => body,
    );
    scope.addHook("onRequest", guard);
    scope.post<{ Body: Buffer | undefined }>(PATH, { bodyLimit: EVENT_LIMIT_BYTES }, async (request, reply) => {
      const event = eventRequest(request.headers, request.body ?? Buffer.alloc(0));
      if (event === undefined) return reply.code(400).send(errorBody("bad_request", "This is neither a CloudEvent nor a Pub/Sub push."));
      const read = readChange(event);
      if (read.ok) {
        await capture.capture(read.change, { text: replayable(event.body), attributes: event.attributes });
        return reply.code(204).send();
      }
      await capture.giveUp({ text: replayable(event.body), attributes: event.attributes }, read.cause, read.reason);
      if (read.cause === "malformed" && event.from === "eventarc") return reply.code(400).send(errorBody("message_malformed", read.reason));
      return reply.code(204).send();
    });
  });
}

type Read =
  | { readonly ok: true; readonly change: DocumentChange }
  | { readonly ok: false; readonly cause: DeadLetterCause; readonly reason: string };

function readChange(event: EventRequest): Read {
  try {
    return { ok: true, change: decodeDocumentEvent(event.body, event.attributes) };
  } catch (error) {
    if (!(error instanceof SyncError) || error.disposition !== "deadLetter") throw error;
    const reason = String(error.details["reason"] ?? error.message);
    if (error.code === "kennitala_invalid") return { ok: false, cause: "invalid-item", reason };
    return { ok: false, cause: error.details["oversized"] === true ? "oversized" : "malformed", reason };
  }
}
