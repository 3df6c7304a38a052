import { once } from "node:events";
import { createServer, type ServerHttp2Session } from "node:http2";

export interface RefusingServer extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Calls refused so far. */
  calls(): number;
}

/** A server of gRPC that answers every call with one status. */
export async function startRefusingServer(grpcStatus: number): Promise<RefusingServer> {
  let calls = 0;
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
  });
  server.on("stream", (stream) => {
    calls += 1;
    stream.on("error", () => stream.destroy());
    stream.respond(
      { ":status": 200, "content-type": "application/grpc", "grpc-status": String(grpcStatus), "grpc-message": "refused by a test" },
      { endStream: true },
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    host: `127.0.0.1:${address.port}`,
    calls: () => calls,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
