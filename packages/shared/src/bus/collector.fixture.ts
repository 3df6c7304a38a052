import type { IncomingMessage, MessageHandler, OutgoingMessage } from "../messages/message.ts";

/** A message for tests. */
export const message = (data: string): OutgoingMessage => ({ data, attributes: { schema: "member-change.v1" } });

/** Collects what arrives; `until` waits for a condition on it. */
export function collector(handle: MessageHandler = async () => "ack") {
  const seen: IncomingMessage[] = [];
  let notify = Promise.withResolvers<void>();
  const handler: MessageHandler = async (incoming) => {
    seen.push(incoming);
    notify.resolve();
    notify = Promise.withResolvers();
    return handle(incoming);
  };
  const until = async (condition: () => boolean) => {
    while (!condition()) await notify.promise;
  };
  return { seen, handler, until };
}
