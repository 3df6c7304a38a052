import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FieldMap } from "@member-sync/shared/member/field-map.ts";
import { loadMemberSync, type MemberSync } from "@member-sync/shared/sync-config.ts";
import { EVENTS_TOPIC } from "@member-sync/shared/topology.ts";
import { startProxies, type Proxied, type Proxies } from "../../chaos/world/proxies.ts";
import { PATHS } from "../../src/paths.ts";
import { startStack } from "../../src/stack.ts";
import type { LocalService, Stack, StackOptions } from "../../src/stack-options.ts";
import { openBus, type Bus, type Tap } from "./bus.ts";
import { startDjangoProxy, type DjangoProxy } from "./django-proxy.ts";
import { djangoSide, type DjangoSide } from "./django-side.ts";
import { portalSide, type PortalSide } from "./portal-side.ts";
import { reconcilerApi, type ReconcilerApi } from "./reconciler-api.ts";

/** A running system with a hand on each of its ends. */
export interface World extends AsyncDisposable {
  readonly stack: Stack;
  readonly memberSync: MemberSync;
  readonly fieldMap: FieldMap;
  readonly django: DjangoSide;
  readonly portal: PortalSide;
  readonly api: ReconcilerApi;
  readonly bus: Bus;
  /** Every event of a member document, the sync's own writes included. */
  readonly documentEvents: Tap;
  /** Kills a service as the power cut does, and waits until it is gone. */
  kill(part: Part): Promise<void>;
  restart(part: Part): Promise<void>;
  /** Starts a part again with this in its environment. */
  deploy(part: Part, env: Readonly<Record<string, string>>): Promise<void>;
  /** All that the services and Django have logged so far. */
  logs(): Promise<string>;
  /** Puts a proxy between django-adapter and Django; the adapter is started again for it. */
  withProxy(): Promise<DjangoProxy>;
  /** Those that `proxied` asked for. */
  readonly proxies: Proxies;
}

export type Part = LocalService | "django";

const SERVICES: readonly LocalService[] = ["tracker", "djangoAdapter", "reconciler"];

export interface WorldOptions extends Pick<StackOptions, "mode" | "database" | "delivery" | "dataDir"> {
  readonly env?: Readonly<Partial<Record<Part, Readonly<Record<string, string>>>>>;
  /** File beside this one, instead of the user's own configuration. */
  readonly config?: string;
  /** Services that reach an emulator through a proxy of their own. */
  readonly proxied?: Proxied;
}

/**
 * Starts a stack of its own, on the SDK's emulators and the real Django. Where one of them is missing this fails, and
 * says which: nothing of this tier is left out in silence.
 */
export async function openWorld({ env = {}, config, proxied = {}, ...options }: WorldOptions = {}): Promise<World> {
  const configPath = config === undefined ? PATHS.config : fileURLToPath(new URL(config, import.meta.url));
  const memberSync = await loadMemberSync(configPath);
  const { fieldMap } = memberSync;
  const environment: Record<Part, Record<string, string>> = {
    tracker: { MEMBER_SYNC_CONFIG: configPath, ...env.tracker },
    djangoAdapter: { MEMBER_SYNC_CONFIG: configPath, ...env.djangoAdapter },
    reconciler: { MEMBER_SYNC_CONFIG: configPath, ...env.reconciler },
    django: { ...env.django },
  };
  await using cleanup = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), "member-sync-e2e-"));
  cleanup.defer(() => rmSync(home, { recursive: true, force: true }));
  const stack = cleanup.use(
    await startStack({ ...options, logLevel: "debug", home, members: 0, restarts: false, backend: "sdk", env: environment }),
  );
  const { addresses } = stack;
  if (addresses.django.backend !== "django") {
    throw new Error(`these tests need the real Django, and this machine offered "${addresses.django.backend}": install python3-django`);
  }
  const portal = cleanup.use(portalSide(addresses.firestore, fieldMap));
  const bus = cleanup.use(openBus({ projectId: addresses.pubsub.projectId, emulatorHost: addresses.pubsub.host }));
  const documentEvents = await bus.tap(EVENTS_TOPIC);

  const partOf = (part: Part) => {
    const found = stack.processes[part];
    if (found === undefined) throw new Error(`${part} is no process of this stack`);
    return found;
  };
  const hosts = { firestore: addresses.firestore.host, pubsub: addresses.pubsub.host };
  const proxies = await startProxies(proxied, hosts, environment, cleanup);
  await Promise.all(SERVICES.filter((service) => proxied[service] !== undefined).map((service) => partOf(service).restart()));
  const kept = cleanup.move();
  return {
    stack,
    memberSync,
    fieldMap,
    django: djangoSide(addresses.django, fieldMap),
    portal,
    api: reconcilerApi(addresses.reconciler),
    bus,
    documentEvents,
    async kill(part) {
      partOf(part).kill("SIGKILL");
      await partOf(part).waitForExit();
    },
    restart: (part) => partOf(part).restart(),
    async deploy(part, more) {
      Object.assign(environment[part], more);
      await partOf(part).restart();
    },
    async logs() {
      const files = ["tracker", "django-adapter", "reconciler", "django"].map((name) => join(stack.logsDir, `${name}.log`));
      return (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n");
    },
    async withProxy() {
      const proxy = kept.use(await startDjangoProxy(addresses.django.url));
      environment.djangoAdapter["DJANGO_URL"] = proxy.url;
      await partOf("djangoAdapter").restart();
      return proxy;
    },
    proxies,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
