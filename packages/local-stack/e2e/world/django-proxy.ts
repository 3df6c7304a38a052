import { createServer, request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import { bodyOf, pour, shiftTimes, type Arrival, type Fault } from "./django-faults.ts";

/** Stands between django-adapter and Django, and lets things go wrong as a test asks. */
export interface DjangoProxy extends AsyncDisposable {
  readonly url: string;
  /** The fault befalls the next requests; `met()` tells how many met it, `end()` lets no more meet it. */
  next(fault: Fault): { met(): number; end(): void };
  /** Times at which requests to a path arrived. */
  arrivals(path: string): readonly number[];
  /** The same requests, with what they carried. */
  requests(path: string): readonly Arrival[];
  /** By how much Django's clock seems to be ahead. */
  skewMs: number;
  /** Breaks all connections, and refuses new ones until `comeBack`. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
}

interface Passed {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export async function startDjangoProxy(target: string): Promise<DjangoProxy> {
  const faults: { readonly fault: Fault; met: number; isOver: boolean }[] = [];
  const seen: Arrival[] = [];
  const { origin, hostname, port, pathname } = new URL(target);

  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });

  function faultFor(arrival: Arrival): Fault | undefined {
    const entry = faults.find(
      ({ fault, met, isOver }) => !isOver && met < fault.times && arrival.path.includes(fault.path) && (fault.when?.(arrival) ?? true),
    );
    if (entry !== undefined) entry.met += 1;
    return entry?.fault;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    const { authorization = "" } = request.headers;
    const arrival: Arrival = { path, at: performance.now(), authorization, body: "", endedAt: undefined };
    response.on("close", () => (arrival.endedAt = performance.now()));
    seen.push(arrival);
    const body = (await bodyOf(request)).toString("utf8");
    arrival.body = body;
    const fault = faultFor(arrival);
    switch (fault?.kind) {
      case "answer":
        return answerWith(response, fault);
      case "fabricated":
        response.writeHead(200, { "content-type": "application/json" }).end(fault.answer(body));
        return undefined;
      case "hung":
        return undefined;
      case "poured":
        response.writeHead(200, { "content-type": fault.type });
        return pour(response, fault.bytes);
      case "held":
        await new Promise((resolve) => setTimeout(resolve, fault.forMs));
        break;
      case "preceded":
        await fault.by(body);
        break;
      case "changed":
      case "reply-lost":
      case undefined:
    }
    const changes = fault?.kind === "changed" ? fault : undefined;
    const passed = await pass(request, Buffer.from(changes?.request?.(body) ?? body));
    if (fault?.kind === "reply-lost") {
      response.destroy();
      return undefined;
    }
    const text = shiftTimes(passed.body.toString("utf8"), proxy.skewMs);
    const date = new Date(Date.now() + proxy.skewMs).toUTCString();
    response.writeHead(passed.status, { ...passed.headers, date }).end(changes?.answer?.(text, body) ?? text);
    return undefined;
  }

  function pass(request: IncomingMessage, body: Buffer): Promise<Passed> {
    return new Promise((resolve, reject) => {
      const { host: _, connection: __, "content-length": ___, ...headers } = request.headers;
      const length = request.method === "GET" ? {} : { "content-length": String(body.byteLength) };
      const forward = ask(
        { hostname, port, path: request.url, method: request.method, headers: { ...headers, ...length, host: new URL(origin).host } },
        (answer) => {
          const retryAfter = answer.headers["retry-after"];
          const kept = {
            "content-type": answer.headers["content-type"] ?? "application/json",
            ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
          };
          bodyOf(answer).then((bytes) => resolve({ status: answer.statusCode ?? 502, headers: kept, body: bytes }), reject);
        },
      );
      forward.on("error", reject);
      forward.end(body);
    });
  }

  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, "127.0.0.1", resolve));
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  await listen(0);
  const address = server.address();
  const own = address !== null && typeof address === "object" ? address.port : 0;
  const requests = (path: string) => seen.filter((each) => each.path.includes(path));
  const proxy: DjangoProxy = {
    url: `http://127.0.0.1:${own}${pathname}`,
    skewMs: 0,
    next(fault) {
      const entry = { fault, met: 0, isOver: false };
      faults.push(entry);
      return { met: () => entry.met, end: () => (entry.isOver = true) };
    },
    arrivals: (path) => requests(path).map(({ at }) => at),
    requests,
    goDown: close,
    comeBack: () => listen(own),
    async [Symbol.asyncDispose]() {
      if (server.listening) await close();
    },
  };
  return proxy;
}

function answerWith(response: ServerResponse, fault: Extract<Fault, { kind: "answer" }>): void {
  const length = fault.announced === undefined ? {} : { "content-length": String(fault.announced) };
  response.writeHead(fault.status, { "content-type": "application/json", ...length, ...fault.headers });
  if (fault.announced === undefined) response.end(fault.body);
  else response.write(fault.body, () => response.destroy());
}
