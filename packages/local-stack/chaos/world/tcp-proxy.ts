import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { pieceReader } from "./http2-frames.ts";
import { openLane, type Lane } from "./lane.ts";
import { followRequests, type Connection, type Watch } from "./watch.ts";

/** `hole`: nothing goes through and nothing breaks, until it is over. `refuse`: new connections are reset; those that stand go on. */
type ProxyMode = "pass" | "hole" | "refuse";

interface Held {
  readonly met: Promise<void>;
  /** Lets it go; when it has not been met yet, nothing is held any more. */
  release(): void;
}

/**
 * A TCP proxy that fails as it is told. It knows the frames of cleartext HTTP/2, and takes HTTP/1 by the chunk. Texts are
 * looked for in what requests carry, where protobuf leaves names, ids and values in clear; never in headers.
 */
export interface TcpProxy extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** `host:port` that new connections go to. */
  target: string;
  mode: ProxyMode;
  /** Added to every frame towards the client. */
  latencyMs: number;
  /** Of each connection, each way. */
  bytesPerSecond: number | undefined;
  /** Breaks all connections that stand. */
  reset(): void;
  /** The next requests with `text` reach the server; when it answers, their connection breaks instead. */
  cutAnswerOf(text: string, times?: number): { met(): number };
  /** Counts the requests with `text` from now on. */
  countOf(text: string): { met(): number };
  /**
   * The next request with `text` reaches the server, and the answer does not come back before `release()`: a process can
   * be killed between the commit and its knowing it. Later answers of the same connection wait as well.
   */
  holdAnswerOf(text: string): Held;
  /** The next request with `text` does not reach the server before `release()`, nor does what follows on its connection. */
  holdRequestOf(text: string): Held;
}

/** Starts a proxy in front of `target`, which is `host:port`. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const lanes = new Set<Lane>();
  const watches = new Set<Watch>();
  let mode: ProxyMode = "pass";
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  };
  const lane = (to: Socket, latencyMs: () => number): Lane => {
    const opened = openLane(to, { isClosed: () => mode === "hole", latencyMs, bytesPerSecond: () => proxy.bytesPerSecond });
    lanes.add(opened);
    to.on("close", () => lanes.delete(opened));
    return opened;
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    keep(client);
    if (mode === "refuse") return void client.resetAndDestroy();
    const [host = "127.0.0.1", port = "0"] = proxy.target.split(":");
    const upstream = connect({ port: Number(port), host, allowHalfOpen: true });
    keep(upstream);
    const [toServer, toClient] = [lane(upstream, () => 0), lane(client, () => proxy.latencyMs)];
    const connection: Connection = {
      holdRequests: () => toServer.hold(),
      holdAnswers: () => toClient.hold(),
      cut() {
        client.resetAndDestroy();
        upstream.destroy();
      },
    };
    const { towardsServer, towardsClient } = followRequests(watches, connection);
    forward(client, toServer, towardsServer);
    forward(upstream, toClient, towardsClient);
    client.on("close", () => upstream.destroy());
    upstream.on("close", (hadError) => (hadError ? client.resetAndDestroy() : toClient.end()));
    return undefined;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");

  const proxy: TcpProxy = {
    host: `127.0.0.1:${address.port}`,
    target,
    get mode() {
      return mode;
    },
    set mode(wanted) {
      mode = wanted;
      for (const each of lanes) each.wake();
    },
    latencyMs: 0,
    bytesPerSecond: undefined,
    reset() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    cutAnswerOf(text, times = 1) {
      let met = 0;
      watches.add({
        text: Buffer.from(text),
        left: times,
        atAnswer(connection) {
          met += 1;
          connection.cut();
        },
      });
      return { met: () => met };
    },
    countOf(text) {
      let met = 0;
      watches.add({ text: Buffer.from(text), left: Number.POSITIVE_INFINITY, atRequest: () => (met += 1) });
      return { met: () => met };
    },
    holdAnswerOf: (text) => hold(watches, text, (held) => ({ atAnswer: (connection) => held(connection.holdAnswers()) })),
    holdRequestOf: (text) => hold(watches, text, (held) => ({ atRequest: (connection) => held(connection.holdRequests()) })),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return proxy;
}

function forward(from: Socket, lane: Lane, see: ReturnType<typeof followRequests>["towardsServer"]): void {
  const read = pieceReader();
  from.on("data", (chunk) => {
    for (const piece of read(chunk)) {
      see(piece);
      lane.put(piece.bytes);
    }
  });
  from.on("end", () => lane.end());
}

function hold(
  watches: Set<Watch>,
  text: string,
  reaction: (held: (letGo: () => void) => void) => Pick<Watch, "atRequest" | "atAnswer">,
): Held {
  const met = Promise.withResolvers<void>();
  let letGo = () => {};
  const watch: Watch = {
    text: Buffer.from(text),
    left: 1,
    ...reaction((release) => {
      letGo = release;
      met.resolve();
    }),
  };
  watches.add(watch);
  return {
    met: met.promise,
    release() {
      watches.delete(watch);
      watch.left = 0;
      letGo();
    },
  };
}
