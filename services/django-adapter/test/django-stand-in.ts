import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { Socket } from "node:net";

/** A request as the stand-in saw it. */
interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** Answers one request, well or badly. */
export type Script = (request: SeenRequest, response: ServerResponse, raw: IncomingMessage) => void | Promise<void>;

/** A Django that does what a test tells it to: `script` may be replaced at any time. */
export interface DjangoStandIn extends AsyncDisposable {
  readonly url: string;
  readonly requests: SeenRequest[];
  script: Script;
}

export async function startStandIn(script: Script, port = 0): Promise<DjangoStandIn> {
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((raw, response) => {
    void readBody(raw).then(async (text) => {
      const request: SeenRequest = {
        method: raw.method ?? "",
        path: raw.url ?? "",
        authorization: raw.headers.authorization,
        body: text === "" ? undefined : JSON.parse(text),
      };
      requests.push(request);
      await standIn.script(request, response, raw);
    });
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : 0;
  const standIn: DjangoStandIn = {
    url: `http://127.0.0.1:${bound}/felagar`,
    requests,
    script,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return standIn;
}

export function json(response: ServerResponse, body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

export function html(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "text/html" }).end("<html><body>Server Error (500)</body></html>");
}

async function readBody(raw: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of raw) if (chunk instanceof Buffer) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
