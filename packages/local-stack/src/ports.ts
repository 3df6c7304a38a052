import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Hands out ports on the loopback address. */
export interface Ports {
  next(): Promise<number>;
}

const HOST = "127.0.0.1";
const LOWEST = 16_000;
const HIGHEST = 32_000;
const handedOut = new Set<number>();

/** Ports that are free now and that this process has not handed out before; with a base, consecutive ones from there. */
export function createPorts(base?: number): Ports {
  if (base === undefined) return { next: freePort };
  let candidate = base;
  return {
    async next() {
      const port = candidate++;
      if (!(await isFree(port))) throw new Error(`port ${port} is taken; choose another --port-base, or leave it out`);
      return port;
    },
  };
}

/**
 * A port below the range that systems take for outgoing connections (Linux from 32768, others from 49152): a port out
 * of that range, free when it is handed out, may be gone when its service starts.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    if (await isFree(port)) return port;
  }
}

/** Whether nothing listens on the port. */
export async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, HOST, () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === "object" ? address.port : undefined));
    });
  });
}
