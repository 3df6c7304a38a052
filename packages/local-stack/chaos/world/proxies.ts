import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";
import type { LocalService } from "../../src/stack-options.ts";

export type EmulatorName = "firestore" | "pubsub";

/** Which services reach which emulators through a proxy of their own. */
export type Proxied = Readonly<Partial<Record<LocalService, readonly EmulatorName[]>>>;

/** The proxies; asking for one that no test ordered fails. */
export type Proxies = Readonly<Record<LocalService, Readonly<Record<EmulatorName, TcpProxy>>>>;

const VARIABLES = { firestore: "FIRESTORE_EMULATOR_HOST", pubsub: "PUBSUB_EMULATOR_HOST" } as const;

/** Puts the proxies up, and their addresses into the environment with which the services start next. */
export async function startProxies(
  proxied: Proxied,
  hosts: Readonly<Record<EmulatorName, string>>,
  environment: Readonly<Record<LocalService, Record<string, string>>>,
  cleanup: AsyncDisposableStack,
): Promise<Proxies> {
  const started = new Map<string, TcpProxy>();
  for (const service of ["tracker", "djangoAdapter", "reconciler"] as const) {
    for (const emulator of proxied[service] ?? []) {
      const proxy = cleanup.use(await startTcpProxy(hosts[emulator]));
      started.set(`${service}.${emulator}`, proxy);
      environment[service][VARIABLES[emulator]] = proxy.host;
    }
  }
  const proxyOf = (service: LocalService, emulator: EmulatorName) => {
    const proxy = started.get(`${service}.${emulator}`);
    if (proxy === undefined) throw new Error(`this world has no proxy between ${service} and ${emulator}`);
    return proxy;
  };
  const proxiesOf = (service: LocalService) => ({
    get firestore() {
      return proxyOf(service, "firestore");
    },
    get pubsub() {
      return proxyOf(service, "pubsub");
    },
  });
  return { tracker: proxiesOf("tracker"), djangoAdapter: proxiesOf("djangoAdapter"), reconciler: proxiesOf("reconciler") };
}
