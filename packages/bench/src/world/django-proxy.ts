import { Agent, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { listenOnLoopback, passOn } from "./loopback.ts";

/** Stands before Django in every arm, and holds each request for `delayMs` before it passes it on. */
export interface DjangoProxy extends AsyncDisposable {
  readonly origin: string;
  /** Where requests go; set once Django is there. */
  target: URL | undefined;
  delayMs: number;
}

export async function startDjangoProxy(): Promise<DjangoProxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const server = createServer((request, response) => {
    void hold(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 600_000;

  async function hold(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (proxy.delayMs > 0) await delay(proxy.delayMs);
    if (proxy.target === undefined) throw new Error("there is no Django yet");
    const { connection: _, ...headers } = request.headers;
    const url = new URL(request.url ?? "/", proxy.target);
    passOn(request, response, { agent, url, headers: { ...headers, host: url.host } });
  }

  const listening = await listenOnLoopback(server);
  const proxy: DjangoProxy = {
    origin: listening.origin,
    target: undefined,
    delayMs: 0,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await listening[Symbol.asyncDispose]();
    },
  };
  return proxy;
}
