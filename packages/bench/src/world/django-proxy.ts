import { Agent, createServer, request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Stands before Django in every arm, and holds each request for `delayMs` before it passes it on. */
export interface DjangoProxy extends AsyncDisposable {
  readonly origin: string;
  /** Where requests go; set once Django is there. */
  target: URL | undefined;
  delayMs: number;
  /** Requests passed on since the proxy began. */
  passed(): number;
}

export async function startDjangoProxy(): Promise<DjangoProxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let passed = 0;
  const server = createServer((request, response) => {
    void hold(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 600_000;

  async function hold(request: IncomingMessage, response: ServerResponse): Promise<void> {
    passed += 1;
    if (proxy.delayMs > 0) await delay(proxy.delayMs);
    if (proxy.target === undefined) throw new Error("there is no Django yet");
    const { hostname, port, host } = proxy.target;
    const { connection: _, ...headers } = request.headers;
    const onwards = ask({ agent, hostname, port, path: request.url, method: request.method, headers: { ...headers, host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onwards.on("error", () => response.destroy());
    request.pipe(onwards);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: DjangoProxy = {
    origin: `http://127.0.0.1:${portOf(server.address())}`,
    target: undefined,
    delayMs: 0,
    passed: () => passed,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  return proxy;
}

/** The port that a server listens on. */
export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("the server does not listen on a port");
  return address.port;
}
