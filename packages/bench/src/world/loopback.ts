import { request as ask, type Agent, type IncomingMessage, type OutgoingHttpHeaders, type Server, type ServerResponse } from "node:http";

/** A server on a free port of this machine. Disposal closes it with all its connections. */
export interface Listening extends AsyncDisposable {
  readonly origin: string;
}

export async function listenOnLoopback(server: Server): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen on a port");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Passes a request on as it is, and its answer back; where that fails, whoever asked loses the connection. */
export function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  to: { readonly agent: Agent; readonly url: URL; readonly headers: OutgoingHttpHeaders },
): void {
  const { agent, url, headers } = to;
  const onwards = ask(url, { agent, method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onwards.on("error", () => response.destroy());
  request.pipe(onwards);
}

/** Posts a body, without a time-out; resolves with the status of the answer once that is read. */
export function post(agent: Agent, url: string, body: string | Buffer, headers: OutgoingHttpHeaders = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = ask(url, { agent, method: "POST", headers: { ...headers, "content-length": Buffer.byteLength(body) } }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode ?? 500));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
