import { createServer, request as ask, type IncomingMessage, type ServerResponse } from "node:http";

/** What befalls the next requests whose path contains `path`. */
type Fault = { readonly path: string; readonly times: number } & (
  | { readonly kind: "reply-lost" }
  | { readonly kind: "answer"; readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
  /** Django never sees the request; `answer` makes a 200 out of its body. */
  | { readonly kind: "fabricated"; readonly answer: (request: string) => string }
  | { readonly kind: "held"; readonly forMs: number }
);

/** Stands between django-adapter and Django, and lets things go wrong as a test asks. */
export interface DjangoProxy extends AsyncDisposable {
  readonly url: string;
  /** The fault befalls the next requests; `met()` tells how many met it. */
  next(fault: Fault): { met(): number };
  /** Times at which requests to a path arrived. */
  arrivals(path: string): readonly number[];
}

export async function startDjangoProxy(target: string): Promise<DjangoProxy> {
  const faults: { fault: Fault; met: number }[] = [];
  const seen: { readonly path: string; readonly at: number }[] = [];
  const { origin, hostname, port, pathname } = new URL(target);

  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    seen.push({ path, at: performance.now() });
    const body = await bodyOf(request);
    const entry = faults.find(({ fault, met }) => path.includes(fault.path) && met < fault.times);
    if (entry !== undefined) entry.met += 1;
    const fault = entry?.fault;
    if (fault?.kind === "answer") {
      response.writeHead(fault.status, { "content-type": "application/json", ...fault.headers }).end(fault.body);
      return;
    }
    if (fault?.kind === "fabricated") {
      response.writeHead(200, { "content-type": "application/json" }).end(fault.answer(body.toString("utf8")));
      return;
    }
    if (fault?.kind === "held") {
      await new Promise((resolve) => setTimeout(resolve, fault.forMs));
    }
    const answer = await pass(request, body);
    if (fault?.kind === "reply-lost") {
      response.destroy();
      return;
    }
    response.writeHead(answer.status, { "content-type": answer.type }).end(answer.body);
  }

  function pass(
    request: IncomingMessage,
    body: Buffer,
  ): Promise<{ readonly status: number; readonly type: string; readonly body: Buffer }> {
    return new Promise((resolve, reject) => {
      const { host: _, connection: __, ...headers } = request.headers;
      const forward = ask(
        { hostname, port, path: request.url, method: request.method, headers: { ...headers, host: new URL(origin).host } },
        (answer) => {
          bodyOf(answer).then(
            (bytes) =>
              resolve({ status: answer.statusCode ?? 502, type: answer.headers["content-type"] ?? "application/json", body: bytes }),
            reject,
          );
        },
      );
      forward.on("error", reject);
      forward.end(body);
    });
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const own = address !== null && typeof address === "object" ? address.port : 0;
  return {
    url: `http://127.0.0.1:${own}${pathname}`,
    next(fault) {
      const entry = { fault, met: 0 };
      faults.push(entry);
      return { met: () => entry.met };
    },
    arrivals: (path) => seen.filter((each) => each.path.includes(path)).map(({ at }) => at),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
