import { Agent, createServer, request as ask } from "node:http";
import { portOf } from "./django-proxy.ts";

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
    const onwards = ask(`${door.target}${request.url}`, { agent, method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onwards.on("error", () => response.destroy());
    request.pipe(onwards);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const door: EventDoor = {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    target: undefined,
    lastOf: (kennitala) => seen.get(kennitala),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  return door;
}
