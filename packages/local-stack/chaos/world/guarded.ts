import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { eventually } from "../../e2e/world/eventually.ts";
import { withService } from "../../e2e/world/service-process.ts";
import type { World } from "../../e2e/world/world.ts";
import { PATHS } from "../../src/paths.ts";
import { createPorts } from "../../src/ports.ts";
import { AUDIENCE, PUSHER, type TokenMaker } from "./token-maker.ts";

const preload = (name: string) => `--import=${new URL(`preload/${name}.ts`, import.meta.url).href}`;

/** The hands of a service's clock. */
export interface ClockHands extends Disposable {
  /** What a service is started with to go by it. */
  readonly env: Readonly<Record<string, string>>;
  readonly option: string;
  /** By how much it is ahead, from now on. */
  set(aheadMs: number): void;
}

export function clockHands(): ClockHands {
  const home = mkdtempSync(join(tmpdir(), "member-sync-clock-"));
  const file = join(home, "ahead");
  const option = preload("shifted-clock");
  return {
    env: { CLOCK_FILE: file, NODE_OPTIONS: option },
    option,
    set: (aheadMs) => writeFileSync(file, String(aheadMs)),
    [Symbol.dispose]: () => rmSync(home, { recursive: true }),
  };
}

export interface Guarded {
  readonly url: string;
  readonly output: () => string;
  /** Pushes a message; answers with the status and the time that it took. */
  push(token: string | undefined, data: string, subscription?: string): Promise<{ readonly status: number; readonly ms: number }>;
}

/** A second reconciler of the world's, which lets only in who bears a token of the maker's. */
export async function withGuarded(
  world: World,
  { maker, clock, env = {} }: { readonly maker: TokenMaker; readonly clock: ClockHands; readonly env?: Readonly<Record<string, string>> },
  use: (guarded: Guarded) => Promise<void>,
): Promise<void> {
  const { firestore, pubsub, djangoAdapter } = world.stack.addresses;
  const port = await createPorts().next();
  const url = `http://127.0.0.1:${port}`;
  const whole = {
    PORT: String(port),
    HOST: "127.0.0.1",
    PROJECT_ID: firestore.projectId,
    FIRESTORE_EMULATOR_HOST: firestore.host,
    PUBSUB_EMULATOR_HOST: pubsub.host,
    MEMBER_REF_KEY: world.stack.memberRefKey,
    MEMBER_SYNC_CONFIG: PATHS.config,
    PUSH_AUDIENCE: AUDIENCE,
    PUSH_SERVICE_ACCOUNT: PUSHER,
    API_TOKEN: "a-token-of-the-test-0123456789",
    DJANGO_ADAPTER_URL: djangoAdapter.url,
    ADAPTER_TOKEN: "a-token-of-the-test-9876543210",
    LOG_LEVEL: "trace",
    KEYS_URL: maker.keysUrl,
    ...clock.env,
    NODE_OPTIONS: `${clock.option} ${preload("other-keys")}`,
    ...env,
  };
  await withService("reconciler", whole, async ({ output, exitCode }) => {
    await eventually({ what: "the guarded reconciler being up", withinMs: 30_000 }, async () => {
      if (exitCode() !== undefined) throw new Error(`it has ended: ${output().slice(-1_000)}`);
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
    });
    await use({ url, output, push: (token, data, subscription) => push(url, token, data, subscription) });
  });
}

async function push(url: string, token: string | undefined, data: string, subscription = "reconciler-changes-django") {
  const body = JSON.stringify({
    message: { data: Buffer.from(data).toString("base64"), attributes: {}, messageId: "1", publishTime: "2026-03-01T12:00:00Z" },
    subscription: `projects/p/subscriptions/${subscription}`,
  });
  const startedAt = performance.now();
  const response = await fetch(`${url}/pubsub/changes`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    body,
  });
  await response.arrayBuffer();
  return { status: response.status, ms: performance.now() - startedAt };
}
