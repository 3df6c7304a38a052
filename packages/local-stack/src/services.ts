import { join } from "node:path";
import type { Parts } from "./parts.ts";
import { PATHS } from "./paths.ts";
import { waitUntilReady } from "./processes.ts";
import type { Secrets } from "./secrets.ts";
import { settleAll } from "./settle.ts";
import type { LocalService, StackOptions } from "./stack-options.ts";
import type { Supervised } from "./supervised.ts";

const READY_MS = 60_000;
/** As the images have it; what the caller's environment says comes after it, and wins. */
const HEAP = "--max-old-space-size=256";

/** Folder and log name of each service. */
export const SERVICE_NAMES = { tracker: "tracker", djangoAdapter: "django-adapter", reconciler: "reconciler" } as const satisfies Record<
  LocalService,
  string
>;

export interface ServicePlan {
  readonly ports: Readonly<Record<LocalService, number>>;
  readonly projectId: string;
  readonly firestoreHost: string;
  readonly pubsubHost: string;
  readonly djangoUrl: string;
  readonly secrets: Secrets;
  readonly options: StackOptions;
  /** The address that services listen on: all addresses where their callers are in containers. */
  readonly host: string;
}

/** The environment that each service is configured by. */
export function serviceEnv(service: LocalService, plan: ServicePlan): Readonly<Record<string, string>> {
  const { secrets, options } = plan;
  const common = {
    PORT: String(plan.ports[service]),
    HOST: plan.host,
    PROJECT_ID: plan.projectId,
    FIRESTORE_EMULATOR_HOST: plan.firestoreHost,
    PUBSUB_EMULATOR_HOST: plan.pubsubHost,
    MEMBER_REF_KEY: secrets.memberRefKey,
    MEMBER_SYNC_CONFIG: PATHS.config,
    DELIVERY: options.delivery ?? "push",
    PUSH_AUTH: "none",
    LOG_LEVEL: options.logLevel ?? "info",
    NODE_OPTIONS: `${HEAP} ${process.env["NODE_OPTIONS"] ?? ""}`.trim(),
  };
  const own: Readonly<Record<LocalService, Readonly<Record<string, string>>>> = {
    tracker: {},
    djangoAdapter: {
      DJANGO_URL: plan.djangoUrl,
      DJANGO_TOKEN: secrets.djangoToken,
      DJANGO_WEBHOOK_SECRETS: secrets.webhookSecret,
      ADAPTER_TOKEN: secrets.adapterToken,
      POLL_INTERVAL: "1s",
    },
    reconciler: {
      MODE: options.mode ?? "realtime",
      API_TOKEN: secrets.apiToken,
      DJANGO_ADAPTER_URL: `http://127.0.0.1:${plan.ports.djangoAdapter}`,
      ADAPTER_TOKEN: secrets.adapterToken,
      SWEEP_INTERVAL: "5s",
    },
  };
  return { ...common, ...own[service], ...options.env?.[service] };
}

/** Starts the three services as processes of their own and waits until each says that it is ready. */
export async function startServices(
  plan: ServicePlan,
  parts: Parts,
  cleanup: AsyncDisposableStack,
): Promise<Readonly<Record<LocalService, Supervised>>> {
  const started: Supervised[] = [];
  cleanup.defer(async () => {
    await Promise.all(started.map((service) => service.stop()));
  });
  const start = async (service: LocalService) => {
    const supervised = await startService(service, plan, parts);
    started.push(supervised);
    return supervised;
  };
  const [tracker, djangoAdapter, reconciler] = await settleAll([start("tracker"), start("djangoAdapter"), start("reconciler")]);
  return { tracker, djangoAdapter, reconciler };
}

function startService(service: LocalService, plan: ServicePlan, parts: Parts): Promise<Supervised> {
  const name = SERVICE_NAMES[service];
  const url = `http://127.0.0.1:${plan.ports[service]}/readyz`;
  const isReady = async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    const answer = await response.text();
    if (response.status !== 200) throw new Error(`it answers ${response.status} ${answer.slice(0, 200)}`);
    return true;
  };
  return parts.supervise(name, async (again, signal) => {
    const running = await parts.launch(name, process.execPath, [join(PATHS.service(name), "src", "main.ts")], {
      env: serviceEnv(service, plan),
      cwd: PATHS.service(name),
      append: again,
    });
    await parts.stopUnless(running, () => waitUntilReady(running, isReady, { deadlineMs: READY_MS, signal }));
    return running;
  });
}
