import { countedPublisher } from "@member-sync/shared/bus/counted-publisher.ts";
import { openPubSub } from "@member-sync/shared/bus/pubsub/open-pubsub.ts";
import type { MessagePublisher, MessageSource } from "@member-sync/shared/bus/message-bus.ts";
import { systemClock } from "@member-sync/shared/clock.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { verifierOf } from "@member-sync/shared/http/push-auth.ts";
import { registerPush } from "@member-sync/shared/http/push.ts";
import { createHttpServer, listen, type Readiness } from "@member-sync/shared/http/server.ts";
import type { RunningService } from "@member-sync/shared/runtime/lifecycle.ts";
import { createLogger, type Logger } from "@member-sync/shared/runtime/logging.ts";
import { loadMemberSync } from "@member-sync/shared/sync-config.ts";
import { createMetrics } from "@member-sync/shared/telemetry/metrics.ts";
import { createDjangoAdapter } from "./adapter.ts";
import { createHttpDjango } from "./adapters/django/http-django.ts";
import { registerDrain } from "./adapters/http/drain-route.ts";
import { registerNudge } from "./adapters/http/nudge-route.ts";
import type { DjangoMembers } from "./app/ports.ts";
import { createSeenBefore } from "./app/seen-before.ts";
import type { DjangoAdapterConfig } from "./config.ts";
import { createClockWatch, createTelemetry } from "./telemetry.ts";

const SERVICE = "django-adapter";
const SUBSCRIPTION = "django-adapter-apply";
/** Nudges are refused when five minutes old, so an id cannot come again after ten. */
const NUDGE_MEMORY_MS = 600_000;

/** What a host may bring instead of the real thing. */
export interface DjangoAdapterDeps {
  readonly log?: Logger;
  readonly bus?: { readonly publisher: MessagePublisher; readonly source: MessageSource };
}

export type RunningDjangoAdapter = RunningService & { readonly url: string };

/** Starts the Django side. Refuses with `config_invalid` when Django answers but not to us; a Django that is down is waited for. */
export async function startDjangoAdapter(config: DjangoAdapterConfig, deps: DjangoAdapterDeps = {}): Promise<RunningDjangoAdapter> {
  const log = deps.log ?? createLogger({ service: SERVICE, level: config.logLevel });
  const metrics = createMetrics(SERVICE);
  const telemetry = createTelemetry(log, metrics, systemClock);
  const { fieldMap } = await loadMemberSync(config.memberSyncPath);
  const django = createHttpDjango({
    url: config.django.url,
    token: () => config.django.token.reveal(),
    onCircuit: (isOpen) => telemetry.circuitChanged(isOpen),
    onClock: createClockWatch(log, metrics),
  });
  await checkDjango(django, log);

  await using cleanup = new AsyncDisposableStack();
  const bus = deps.bus ?? cleanup.use(openPubSub(config.pubsub, log));
  const app = createHttpServer({ service: SERVICE, log, metrics, ready: () => readinessOf(django) });
  cleanup.defer(() => app.close());
  const adapter = cleanup.use(
    createDjangoAdapter({
      django,
      publisher: countedPublisher(bus.publisher, metrics),
      fieldMap,
      telemetry,
      memberRefKey: config.memberRefKey.reveal(),
      pollIntervalMs: config.pollIntervalMs,
      concurrency: config.django.concurrency,
    }),
  );
  registerPush(app, { path: "/pubsub/apply", handler: adapter.apply, verify: verifierOf(config.pushAuth), log });
  registerDrain(app, { token: config.adapterToken, drain: () => adapter.drain() });
  await registerNudge(app, {
    secrets: config.webhookSecrets,
    seenBefore: createSeenBefore(systemClock, NUDGE_MEMORY_MS),
    onNudge: (outcome) => {
      telemetry.nudged(outcome);
      if (outcome !== "taken") return;
      django.expectBack();
      adapter.wake();
    },
  });
  if (config.delivery === "pull") cleanup.use(bus.source.consume(SUBSCRIPTION, adapter.apply));
  const url = await listen(app, config.http);
  log.info({ url, delivery: config.delivery }, "django adapter is ready");
  const owned = cleanup.move();
  return { log, url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Says at start-up what is wrong with the address or the token. */
async function checkDjango(django: DjangoMembers, log: Logger): Promise<void> {
  try {
    await django.status();
  } catch (error) {
    const problem = error instanceof SyncError ? problemOf(error) : undefined;
    if (problem !== undefined) throw new SyncError("config_invalid", { problems: [problem] }, { cause: error });
    log.warn({ err: error }, "Django does not answer yet");
  }
}

function problemOf({ code, details }: SyncError): string | undefined {
  const status = String(details["status"] ?? "?");
  if (code === "django_unauthorised") return `DJANGO_TOKEN is refused by Django (${status})`;
  if (code === "django_refused") return `DJANGO_URL leads to something that refuses api/sync/status/ (${status})`;
  if (code !== "django_bad_answer") return undefined;
  if (details["reason"] === "broken JSON") return undefined; // cut on its way: the next one will not be
  if (details["reason"] === "redirect") return `DJANGO_URL is redirected (${status}); give the final address, a redirect drops the token`;
  return `DJANGO_URL leads to something that is no member_sync app (${String(details["reason"])}, status ${status})`;
}

async function readinessOf(django: DjangoMembers): Promise<Readiness> {
  const isUp = await django.status().then(
    () => true,
    () => false,
  );
  return { ok: isUp, checks: { django: isUp } };
}
