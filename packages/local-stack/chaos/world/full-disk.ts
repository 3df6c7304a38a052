import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { eventually } from "../../e2e/world/eventually.ts";
import type { World } from "../../e2e/world/world.ts";
import { PATHS } from "../../src/paths.ts";
import { createPorts } from "../../src/ports.ts";
import { SERVICE_NAMES } from "../../src/services.ts";
import type { LocalService } from "../../src/stack-options.ts";

/** Starts a second instance of a service whose standard output is a full disk, and answers with its exit code after SIGTERM. */
export async function withFullDisk(world: World, part: LocalService, use: (url: string) => Promise<void>): Promise<number | null> {
  const { firestore, pubsub, django, djangoAdapter } = world.stack.addresses;
  const port = await createPorts().next();
  const url = `http://127.0.0.1:${port}`;
  const full = openSync("/dev/full", "w");
  const child = spawn(process.execPath, [join(PATHS.service(SERVICE_NAMES[part]), "src", "main.ts")], {
    stdio: ["ignore", full, full],
    env: {
      PATH: process.env["PATH"] ?? "",
      METADATA_SERVER_DETECTION: "none",
      PORT: String(port),
      HOST: "127.0.0.1",
      PROJECT_ID: firestore.projectId,
      FIRESTORE_EMULATOR_HOST: firestore.host,
      PUBSUB_EMULATOR_HOST: pubsub.host,
      MEMBER_REF_KEY: world.stack.memberRefKey,
      MEMBER_SYNC_CONFIG: PATHS.config,
      PUSH_AUTH: "none",
      LOG_LEVEL: "trace",
      API_TOKEN: "a-token-of-the-test-0123456789",
      ADAPTER_TOKEN: "a-token-of-the-test-9876543210",
      DJANGO_ADAPTER_URL: djangoAdapter.url,
      DJANGO_URL: django.url,
      DJANGO_TOKEN: django.token,
    },
  });
  closeSync(full);
  const exit = once(child, "exit");
  try {
    await eventually({ what: `${part} being ready`, withinMs: 30_000 }, async () => {
      expect(child.exitCode).toBeNull();
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
    });
    await use(url);
    expect(child.exitCode).toBeNull();
    child.kill("SIGTERM");
    await exit;
    return child.exitCode;
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exit;
  }
}

/** A disk of one megabyte. */
export interface SmallDisk extends Disposable {
  readonly path: string;
  fill(): void;
  free(): void;
}

/** Mounts one, or says why none can be had here. */
export function mountSmallDisk(): SmallDisk | { readonly missing: string } {
  if (process.getuid?.() !== 0) return { missing: "only root may mount a disk" };
  const path = mkdtempSync(join(tmpdir(), "member-sync-disk-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path], { encoding: "utf8" });
  if (mounted.status !== 0) {
    rmSync(path, { recursive: true });
    return { missing: `mount refuses: ${(mounted.stderr ?? "").trim() || String(mounted.error)}` };
  }
  const ballast = join(path, "ballast");
  return {
    path,
    fill() {
      try {
        writeFileSync(ballast, Buffer.alloc(2_000_000));
      } catch {
        // Full, as it was meant to be.
      }
    },
    free: () => rmSync(ballast, { force: true }),
    [Symbol.dispose]() {
      spawnSync("umount", ["-l", path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}
