import { fileURLToPath } from "node:url";
import { MemoryBus } from "@member-sync/shared/bus/memory/memory-bus.ts";
import { readEnvelope } from "@member-sync/shared/messages/envelope.ts";
import type { OutgoingMessage } from "@member-sync/shared/messages/message.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { djangoAdapterConfig } from "../src/config.ts";
import { startDjangoAdapter, type RunningDjangoAdapter } from "../src/service.ts";
import { KEY } from "./recording.ts";

export const DJANGO_TOKEN = "token-of-the-adapter";
const ADAPTER_TOKEN = "token-of-the-reconciler";
export const WEBHOOK_SECRETS = ["whsec_c2lnbmVkLWJ5LWRqYW5nby1vbmU=", "whsec_c2lnbmVkLWJ5LWRqYW5nby10d28="] as const;

/** What a deployment would set; all of it is sound. */
export function environment(more: Readonly<Record<string, string | undefined>> = {}): Record<string, string | undefined> {
  return {
    PORT: "0",
    HOST: "127.0.0.1",
    PROJECT_ID: "test",
    DJANGO_URL: "http://127.0.0.1:1/felagar",
    DJANGO_TOKEN,
    DJANGO_WEBHOOK_SECRETS: WEBHOOK_SECRETS.join(","),
    ADAPTER_TOKEN,
    MEMBER_REF_KEY: KEY,
    MEMBER_SYNC_CONFIG: fileURLToPath(new URL("../../../member-sync.config.ts", import.meta.url)),
    PUSH_AUTH: "none",
    POLL_INTERVAL: "60s",
    ...more,
  };
}

/** The service on a bus in memory, and what it published there. */
export interface ServiceUnderTest extends AsyncDisposable {
  readonly service: RunningDjangoAdapter;
  readonly bus: MemoryBus;
  readonly lines: readonly string[];
  readonly observations: Observation[];
  readonly deadLetters: unknown[];
  post(path: string, init?: RequestInit): Promise<Response>;
  /** Delivers a message as Pub/Sub pushes it. */
  push(message: OutgoingMessage): Promise<Response>;
}

export async function startServiceUnderTest(more: Readonly<Record<string, string | undefined>>): Promise<ServiceUnderTest> {
  await using cleanup = new AsyncDisposableStack();
  const bus = new MemoryBus();
  const lines: string[] = [];
  const observations: Observation[] = [];
  const deadLetters: unknown[] = [];
  cleanup.use(
    bus.consume("reconciler-changes-django", async (message) => {
      observations.push(...readEnvelope("member-change.v1", message).items);
      return "ack";
    }),
  );
  cleanup.use(
    bus.consume("reconciler-dead-letters", async ({ data }) => {
      deadLetters.push(JSON.parse(data));
      return "ack";
    }),
  );
  const log = createLogger({ service: "django-adapter", level: "trace", destination: { write: (line) => void lines.push(line) } });
  const service = cleanup.use(
    await startDjangoAdapter(djangoAdapterConfig(environment(more)), { log, bus: { publisher: bus, source: bus } }),
  );
  const post = (path: string, init: RequestInit = {}) => fetch(service.url + path, { method: "POST", ...init });
  const owned = cleanup.move();
  return {
    service,
    bus,
    lines,
    observations,
    deadLetters,
    post,
    push: ({ data, attributes }) =>
      post("/pubsub/apply", {
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          message: { data: Buffer.from(data).toString("base64"), attributes, messageId: "1", publishTime: "2026-03-01T12:00:00Z" },
          subscription: "projects/test/subscriptions/django-adapter-apply",
        }),
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export const bearer = { authorization: `Bearer ${ADAPTER_TOKEN}` } as const;
