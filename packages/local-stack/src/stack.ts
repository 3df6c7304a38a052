import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { chooseEmulators } from "./emulators/choose.ts";
import { QUICK_JAVA } from "./emulators/sdk.ts";
import { startEmbeddedStack } from "./embedded/embedded-stack.ts";
import { fillIn } from "./fill-in.ts";
import { startGuard } from "./guard.ts";
import { createParts } from "./parts.ts";
import { silentProgress } from "./progress.ts";
import { startRealStack } from "./real-stack.ts";
import { keepSecrets } from "./secrets.ts";
import type { Stack, StackOptions } from "./stack-options.ts";

// Without it Google's clients look for a metadata server before their first call.
process.env["METADATA_SERVER_DETECTION"] ??= "none";

/**
 * Starts the whole system and resolves when every part is ready and the sample members are on both sides.
 *
 * Several may run at once, each with a `home` of its own. When the start fails or is called off, whatever was started
 * is taken down before the promise rejects.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const progress = options.progress ?? silentProgress;
  const signal = options.signal ?? new AbortController().signal;
  const logsDir = join(options.home, "logs");
  mkdirSync(logsDir, { recursive: true });
  if (options.dataDir === undefined) rmSync(join(options.home, "fresh"), { recursive: true, force: true });
  const secrets = keepSecrets(join(options.dataDir ?? options.home, "secrets.json"));

  await using cleanup = new AsyncDisposableStack();
  const parts = createParts({
    guard: cleanup.use(startGuard()),
    logsDir,
    progress,
    restarts: options.restarts ?? true,
    signal,
  });
  const given = options.backend === undefined ? options.given : undefined;
  const hasBoth = given?.firestore !== undefined && given.pubsub !== undefined;
  const source = hasBoth ? undefined : await chooseEmulators(options.backend, options.java ?? QUICK_JAVA, parts);
  const isEmbedded = source === undefined && given?.firestore === undefined && given?.pubsub === undefined;
  const body = isEmbedded
    ? await startEmbeddedStack(options, secrets, parts, cleanup)
    : await startRealStack({ ...options, ...(given === undefined ? {} : { given }) }, source, secrets, parts, cleanup);
  await fillIn(body.addresses, options.members ?? 0, progress, signal);
  signal.throwIfAborted();
  const owned = cleanup.move();
  return { ...body, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
