import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { DocumentEvent } from "./events.ts";
import { post } from "./loopback.ts";

const AT_ONCE = 64;
const RETRY_MS = 200;
/** An arm that is too busy may refuse an event now and then; one that refuses it for so long does not work. */
const MOST_TRIES = 100;

/** Brings events to an arm as Eventarc would: 64 at a time, each again and again until it is taken. */
export async function postEvents(url: string, events: readonly DocumentEvent[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const queue = events.values();
  const carry = async () => {
    for (const event of queue) {
      for (let tries = 1; !(await isTaken(agent, url, event)); tries += 1) {
        if (tries === MOST_TRIES) throw new Error("an arm does not take an event");
        await delay(RETRY_MS);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, carry));
  agent.destroy();
}

function isTaken(agent: Agent, url: string, { headers, body }: DocumentEvent): Promise<boolean> {
  return post(agent, url, body, headers).then(
    (status) => status < 300,
    () => false,
  );
}
