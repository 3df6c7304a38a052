import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const JAR = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar";
const MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore";
const UP_MS = 60_000;

export interface Emulator extends AsyncDisposable {
  /** `host:port`. */
  readonly host: string;
}

/** The emulator's jar in a Google Cloud SDK on this machine, or why there is none. */
export function findEmulator(): { readonly jar: string } | { readonly reason: string } {
  const roots = [
    process.env["CLOUDSDK_ROOT_DIR"],
    "/usr/lib/google-cloud-sdk",
    "/usr/share/google-cloud-sdk",
    "/opt/google-cloud-sdk",
    join(process.env["HOME"] ?? "/", "google-cloud-sdk"),
  ];
  const jar = roots
    .filter((root) => root !== undefined)
    .map((root) => join(root, JAR))
    .find((path) => existsSync(path));
  return jar === undefined ? { reason: "there is no Firestore emulator in a Google Cloud SDK on this machine" } : { jar };
}

/** Starts the emulator on a free port; events of its triggers are posted to `functionsHost`. */
export async function startEmulator(jar: string, functionsHost: string): Promise<Emulator> {
  // Google's client heeds this variable above the host it is given; who starts an emulator means that one.
  delete process.env["FIRESTORE_EMULATOR_HOST"];
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "tracker-emulator-"));
  const log = await open(join(folder, "emulator.log"), "w");
  const heap = ["-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  const args = [...heap, "-cp", jar, MAIN_CLASS, "start", "--host=127.0.0.1", `--port=${port}`, `--functions_emulator=${functionsHost}`];
  const child = spawn("java", args, { stdio: ["ignore", log.fd, log.fd] });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    await log.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until(async () => (await fetch(`http://127.0.0.1:${port}/`)).ok, "the Firestore emulator", UP_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: `127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
}

/** Registers an Eventarc trigger for the members. */
export async function registerTrigger(host: string, projectId: string): Promise<void> {
  const response = await fetch(`http://${host}/emulator/v1/projects/${projectId}/eventarcTrigger?eventarcTriggerId=members`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      eventType: "google.cloud.firestore.document.v1.written.withAuthContext",
      database: "(default)",
      namespace: "(default)",
      document: { value: "members/{id}", matchType: "PATH_PATTERN" },
    }),
  });
  if (!response.ok) throw new Error(`the trigger was not taken: ${response.status} ${await response.text()}`);
}

/** Waits for a condition, asked every 20 ms, under a deadline. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, deadlineMs = 10_000): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (Date.now() < deadline) {
    if (
      await Promise.resolve()
        .then(holds)
        .catch(() => false)
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited ${deadlineMs} ms in vain for ${what}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
