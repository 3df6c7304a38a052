import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SERVE = fileURLToPath(new URL("../django/example/serve.py", import.meta.url));
const START_DEADLINE_MS = 60_000;

/** `import django` alone also succeeds on our own folder of that name, as a package without content. */
const HAS_DJANGO = ["-c", "import django; django.VERSION"];

/** A Python that has Django, or why the example project cannot be run here. */
export function findPython(): { readonly python: string } | { readonly missing: string } {
  if (!existsSync(SERVE)) return { missing: "the example project is not there" };
  const candidates = [process.env["MEMBER_SYNC_PYTHON"], "python3", "/usr/bin/python3", "python"].filter((python) => python !== undefined);
  const python = candidates.find((candidate) => spawnSync(candidate, HAS_DJANGO, { stdio: "ignore" }).status === 0);
  return python === undefined
    ? { missing: `none of ${candidates.join(", ")} has Django (set MEMBER_SYNC_PYTHON, or apt-get install python3-django)` }
    : { python };
}

/** The example project with an empty database of its own, ended with the test. */
export interface ExampleProject extends AsyncDisposable {
  /** Where the endpoints are mounted. */
  readonly url: string;
  /** Calls the example's own API, which edits through the ORM as staff would. */
  members(method: string, path?: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
}

export interface ExampleOptions {
  readonly python: string;
  readonly token: string;
  readonly nudge?: { readonly url: string; readonly secret: string };
}

export async function startExampleProject({ python, token, nudge }: ExampleOptions): Promise<ExampleProject> {
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "member-sync-example-"));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  const child = spawn(python, [SERVE, "127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      PYTHONDONTWRITEBYTECODE: "1",
      MEMBER_SYNC_DB: `sqlite:///${join(directory, "db.sqlite3")}`,
      MEMBER_SYNC_TOKEN: token,
      MEMBER_SYNC_SECRET_KEY: "for-tests-only",
      ...(nudge !== undefined && { MEMBER_SYNC_NUDGE_URL: nudge.url, MEMBER_SYNC_NUDGE_SECRET: nudge.secret }),
    },
  });
  cleanup.defer(() => end(child));
  const url = `${await readyUrl(child)}/felagar`;
  const owned = cleanup.move();
  return {
    url,
    async members(method, path = "", body) {
      const response = await fetch(`${url}/api/members/${path}`, {
        method,
        headers: { authorization: `Token ${token}`, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function readyUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the example project has no standard output");
  const lines = createInterface({ input: child.stdout });
  const timer = setTimeout(() => child.kill("SIGTERM"), START_DEADLINE_MS);
  try {
    for await (const line of lines) {
      const found = /^ready (http:\S+)/.exec(line)?.[1];
      if (found !== undefined) {
        child.stdout.resume();
        return found;
      }
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error("the example project ended before it was ready");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}
