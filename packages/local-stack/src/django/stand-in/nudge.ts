import { createHmac, randomUUID } from "node:crypto";

const TOGETHER_MS = 20;
const DEADLINE_MS = 2_000;

/** Says "something changed" to the adapter, once for edits that come together. A lost nudge costs the poll interval. */
export function createNudge(url: string, secret: string): () => void {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      void send(url, key).catch(() => {});
    }, TOGETHER_MS).unref();
  };
}

async function send(url: string, key: Buffer): Promise<void> {
  const body = JSON.stringify({ type: "django.changed" });
  const id = `msg_${randomUUID()}`;
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": `v1,${signature}`,
    },
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  await response.arrayBuffer();
}
