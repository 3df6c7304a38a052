import { Agent, createServer } from "node:http";
import { listenOnLoopback, passOn } from "./loopback.ts";

/** Stands before a tracker, and notes when each member's events come to it. */
export interface EventDoor extends AsyncDisposable {
  readonly url: string;
  /** Where the events go on to. */
  target: string | undefined;
  /** When an event of a member last came by (epoch ms). */
  lastOf(kennitala: string): number | undefined;
}

export async function startEventDoor(): Promise<EventDoor> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const seen = new Map<string, number>();
  const server = createServer((request, response) => {
    const document = request.headers["ce-document"];
    if (typeof document === "string") seen.set(document.slice(document.lastIndexOf("/") + 1), Date.now());
    passOn(request, response, { agent, url: new URL(request.url ?? "/", door.target), headers: request.headers });
  });
  const listening = await listenOnLoopback(server);
  const door: EventDoor = {
    url: listening.origin,
    target: undefined,
    lastOf: (kennitala) => seen.get(kennitala),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await listening[Symbol.asyncDispose]();
    },
  };
  return door;
}
