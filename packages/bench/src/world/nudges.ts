import { createServer } from "node:http";
import { listenOnLoopback } from "./loopback.ts";

/**
 * Where Django's nudges go: to the adapter whose turn it is, untouched, and to nobody while another arm runs. Several
 * adapters share one Django here, which knows one address only.
 */
export interface Nudges extends AsyncDisposable {
  readonly url: string;
  /** Base URL of the adapter that hears them. */
  target: string | undefined;
  /** When the first nudge after a moment came (epoch ms). */
  firstAfter(at: number): number | undefined;
}

export async function startNudges(): Promise<Nudges> {
  const heardAt: number[] = [];
  const server = createServer((request, response) => {
    heardAt.push(Date.now());
    void (async () => {
      const body = Buffer.concat(await Array.fromAsync(request, (chunk: Uint8Array) => chunk));
      response.writeHead(204).end();
      const { "content-length": _length, connection: _connection, host: _host, ...headers } = request.headers;
      if (nudges.target === undefined) return;
      const texts = Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value] as const] : []));
      const answer = await fetch(`${nudges.target}/hooks/django`, { method: "POST", headers: Object.fromEntries(texts), body });
      await answer.arrayBuffer();
    })().catch(() => response.destroy());
  });
  const listening = await listenOnLoopback(server);
  const nudges: Nudges = {
    url: `${listening.origin}/hooks/django`,
    target: undefined,
    firstAfter: (at) => heardAt.find((heard) => heard >= at),
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
  return nudges;
}
