import { eventually } from "../../e2e/world/eventually.ts";
import type { Tap } from "../../e2e/world/bus.ts";

type Tapped = Tap["messages"][number];

/** Brings a message to a service as the broker's push does; answers with its status. */
export async function push(url: string, { data, attributes }: Tapped): Promise<number> {
  const message = { data: Buffer.from(data).toString("base64"), attributes, messageId: `push-${performance.now()}` };
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message, subscription: "projects/local/subscriptions/by-hand" }),
    signal: AbortSignal.timeout(60_000),
  });
  await response.arrayBuffer();
  return response.status;
}

/** The first message at a tap that has `text` in it. */
export function messageWith(tap: Tap, text: string): Promise<Tapped> {
  return eventually(`a message with ${text}`, () => {
    const found = tap.messages.find(({ data }) => data.includes(text));
    if (found === undefined) throw new Error("nothing yet");
    return found;
  });
}
