import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { unwrapBase64 } from "./decode-document-event.ts";

/** An event on its way in: its body, its CloudEvent attributes, and who brought it. */
export interface EventRequest {
  readonly body: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  readonly from: "eventarc" | "pubsub";
}

const pushBody = z.object({
  message: z.object({
    data: z.base64().default(""),
    attributes: z
      .record(z.string(), z.string())
      .nullish()
      .transform((attributes) => attributes ?? {}),
  }),
});

/** Reads a request that is either a CloudEvent in binary mode or a Pub/Sub push that wraps one; `undefined` for neither. */
export function eventRequest(headers: IncomingHttpHeaders, body: Buffer): EventRequest | undefined {
  if (headers["ce-id"] !== undefined || headers["ce-type"] !== undefined) {
    return { body, attributes: eventAttributes(headers), from: "eventarc" };
  }
  const push = pushBody.safeParse(parseJson(body));
  if (!push.success) return undefined;
  const { data, attributes } = push.data.message;
  return { body: Buffer.from(data, "base64"), attributes: eventAttributes(attributes), from: "pubsub" };
}

/** The body as text that can be published again and is then read as the same event. */
export function replayable(body: Uint8Array): string {
  return Buffer.from(unwrapBase64(body)).toString("base64");
}

function eventAttributes(from: Readonly<Record<string, string | readonly string[] | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(from).flatMap(([name, value]) => {
      const lower = name.toLowerCase();
      return typeof value === "string" && (lower.startsWith("ce-") || lower === "content-type") ? [[lower, value] as const] : [];
    }),
  );
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
