import { createServer } from "node:http";
import { portOf } from "./django-proxy.ts";

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
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const nudges: Nudges = {
    url: `http://127.0.0.1:${portOf(server.address())}/hooks/django`,
    target: undefined,
    firstAfter: (at) => heardAt.find((heard) => heard >= at),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  return nudges;
}
