import { createServer } from "node:net";

/** Hands out ports on the loopback address. */
export interface Ports {
  next(): Promise<number>;
}

const HOST = "127.0.0.1";
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

async function freePort(): Promise<number> {
  for (;;) {
    const port = await listenOnce(0);
    if (port !== undefined && !handedOut.has(port)) {
      handedOut.add(port);
      return port;
    }
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
