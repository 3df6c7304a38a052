import { fastify } from "fastify";
import { describe, expect, test } from "vitest";
import { readEnvelope } from "../messages/envelope.ts";
import type { IncomingMessage, MessageHandler } from "../messages/message.ts";
import { createLogger } from "../runtime/logging.ts";
import { noVerification, type PushVerifier } from "./push-auth.ts";
import { registerPush } from "./push.ts";

function endpoint(handler: MessageHandler, verify: PushVerifier = noVerification()) {
  const seen: IncomingMessage[] = [];
  const lines: string[] = [];
  const app = fastify();
  const log = createLogger({ service: "probe", destination: { write: (line: string) => lines.push(line) } });
  registerPush(app, {
    path: "/pubsub/changes",
    verify,
    log,
    handler: (message) => {
      seen.push(message);
      return handler(message);
    },
  });
  const push = (payload: unknown) =>
    app.inject({
      method: "POST",
      url: "/pubsub/changes",
      headers: { "content-type": "application/json" },
      payload: typeof payload === "string" ? payload : JSON.stringify(payload),
    });
  return { push, seen, lines };
}

const base64 = (text: string | Uint8Array) => Buffer.from(text).toString("base64");
const wrapped = (over: object = {}) => ({
  message: {
    data: base64("Þórður"),
    attributes: { schema: "member-change.v1" },
    messageId: "7",
    message_id: "7",
    publishTime: "2026-11-22T21:00:00.5Z",
  },
  subscription: "projects/p/subscriptions/reconciler-changes-django",
  deliveryAttempt: 3,
  ...over,
});
const ack: MessageHandler = async () => "ack";

describe("a push", () => {
  test("is given to the handler as a message", async () => {
    const { push, seen } = endpoint(ack);
    expect((await push(wrapped())).statusCode).toBe(204);
    expect(seen).toEqual([
      {
        messageId: "7",
        data: "Þórður",
        attributes: { schema: "member-change.v1" },
        subscription: "reconciler-changes-django",
        publishedAt: Date.parse("2026-11-22T21:00:00.500Z"),
      },
    ]);
  });

  test("may lack all but the message", async () => {
    const { push, seen } = endpoint(ack);
    expect((await push({ message: {} })).statusCode).toBe(204);
    expect(seen).toEqual([{ messageId: "", data: "", attributes: {}, subscription: "", publishedAt: 0 }]);
  });

  test.each<[string, MessageHandler, number]>([
    ["ack", ack, 204],
    ["retry", async () => "retry", 503],
    [
      "a throw",
      async () => {
        throw new Error("0101302989");
      },
      503,
    ],
    [
      "a throw at once",
      () => {
        throw new Error("0101302989");
      },
      503,
    ],
  ])("is answered by what the handler says: %s", async (_name, handler, status) => {
    const { push, lines } = endpoint(handler);
    const answer = await push(wrapped());
    expect(answer.statusCode).toBe(status);
    expect(answer.body + lines.join("")).not.toContain("0101302989");
  });

  test.each([
    ["no JSON", "{"],
    ["nothing", "null"],
    ["no message", {}],
    ["data that is no base64", { message: { data: "þ" } }],
    ["data that is no text", { message: { data: 5 } }],
    ["attributes that are none", { message: { attributes: { a: { b: 1 } } } }],
    ["a prototype", '{"message":{"__proto__":{"data":""}}}'],
  ])("that no broker sends is a 400: %s", async (_name, payload) => {
    const { push, seen } = endpoint(ack);
    expect((await push(payload)).statusCode).toBe(400);
    expect(seen).toEqual([]);
  });

  test("of bytes that are no UTF-8 arrives whole, as what no consumer reads", async () => {
    const { push, seen } = endpoint(ack);
    await push(wrapped({ message: { data: base64(Uint8Array.of(0x7b, 0xff, 0x7d)) } }));
    expect(seen[0]?.data).toBe("base64:e/99");
    expect(seen.map((message) => readEnvelope("member-change.v1", message).unreadable[0]?.cause)).toEqual(["malformed"]);
  });

  test("of ten megabytes gets in, to be dead-lettered", async () => {
    const { push, seen } = endpoint(ack);
    expect((await push(wrapped({ message: { data: base64("x".repeat(10_000_000)) } }))).statusCode).toBe(204);
    expect(seen.map((message) => readEnvelope("member-change.v1", message).unreadable[0]?.cause)).toEqual(["oversized"]);
  });

  test.each([401, 403] as const)("of a stranger is a %i, and its body is not looked at", async (status) => {
    const { push, seen } = endpoint(ack, async () => ({ status, reason: "no token" }));
    const answer = await push("{");
    expect({ status: answer.statusCode, body: answer.json<unknown>() }).toEqual({
      status,
      body: { error: { code: status === 401 ? "unauthorized" : "forbidden", message: "no token" } },
    });
    expect(seen).toEqual([]);
  });
});
