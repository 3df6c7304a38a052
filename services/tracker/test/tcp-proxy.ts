import { connect, createServer, type Socket } from "node:net";

/** `cut`: requests go through, and the connection breaks when the answer comes. `hole`: nothing goes through, nothing breaks. */
type ProxyMode = "pass" | "cut" | "hole" | "refuse";

export interface TcpProxy extends AsyncDisposable {
  readonly host: string;
  mode: ProxyMode;
  /** Breaks all connections that stand. */
  reset(): void;
}

/** A TCP proxy that fails as it is told. */
export async function startProxy(target: string): Promise<TcpProxy> {
  const [host = "127.0.0.1", port = "0"] = target.split(":");
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  };
  const server = createServer((client) => {
    keep(client);
    if (proxy.mode === "refuse") return void client.resetAndDestroy();
    const upstream = connect(Number(port), host);
    keep(upstream);
    client.on("data", (chunk) => {
      if (proxy.mode !== "hole") upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      if (proxy.mode === "cut" && hasMessage(chunk)) client.resetAndDestroy();
      else if (proxy.mode !== "hole") client.write(chunk);
    });
    client.on("close", () => upstream.end());
    upstream.on("close", () => client.end());
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const proxy: TcpProxy = {
    host: `127.0.0.1:${address.port}`,
    mode: "pass",
    reset() {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      proxy.reset();
      await closed;
    },
  };
  return proxy;
}

/** Whether HTTP/2 carries a message's content in this chunk, beyond settings and pings: a frame of type DATA. */
function hasMessage(chunk: Buffer): boolean {
  for (let at = 0; at + 9 <= chunk.length; at += 9 + chunk.readUIntBE(at, 3)) if (chunk[at + 3] === 0) return true;
  return false;
}
