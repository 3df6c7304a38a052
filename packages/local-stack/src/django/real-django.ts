import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Parts } from "../parts.ts";
import { PATHS } from "../paths.ts";
import { waitUntilReady } from "../processes.ts";
import type { DjangoAccess, RunningDjango } from "./django.ts";
import type { DjangoPython } from "./find-python.ts";
import { writeManageScript } from "./manage-script.ts";

const READY_MS = 60_000;

export interface RealDjangoOptions {
  readonly python: DjangoPython;
  readonly port: number;
  readonly access: DjangoAccess;
  /** `sqlite:///…` or `postgres://…`. */
  readonly database: string;
  /** Where to write the `manage.py` of this stack. */
  readonly manageFile: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Where the SQLite file of a stack lives. */
export function sqliteIn(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true });
  return `sqlite:///${encodeURI(join(dataDir, "django.sqlite3"))}`;
}

/** Starts the example project, migrated and with an admin user, and waits until it answers with our token. */
export async function startRealDjango(
  { python, port, access, database, manageFile, env: more }: RealDjangoOptions,
  parts: Parts,
): Promise<RunningDjango> {
  const url = `http://127.0.0.1:${port}/felagar`;
  const headers = { authorization: `Token ${access.token}` };
  const project = join(PATHS.exampleProject, "manage.py");
  // Read anew at each start, as the services' is.
  const environment = () => ({
    MEMBER_SYNC_DB: database,
    MEMBER_SYNC_TOKEN: access.token,
    MEMBER_SYNC_SECRET_KEY: access.secretKey,
    MEMBER_SYNC_NUDGE_URL: access.nudgeUrl,
    MEMBER_SYNC_NUDGE_SECRET: access.nudgeSecret,
    MEMBER_SYNC_ADMIN_USER: access.adminUser,
    MEMBER_SYNC_ADMIN_PASSWORD: access.adminPassword,
    PYTHONUNBUFFERED: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    ...more,
  });
  const isReady = async () => {
    const response = await fetch(`${url}/api/sync/status/`, { headers, redirect: "manual", signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status === 200;
  };
  const supervised = await parts.supervise("django", async (again, signal) => {
    const env = environment();
    writeManageScript(manageFile, project, env);
    const running = await parts.launch("django", python.command, [join(PATHS.exampleProject, "serve.py"), `127.0.0.1:${port}`], {
      env,
      cwd: PATHS.exampleProject,
      append: again,
    });
    await parts.stopUnless(running, () => waitUntilReady(running, isReady, { deadlineMs: READY_MS, signal }));
    return running;
  });
  return {
    url,
    backend: "django",
    description: `Django ${python.version} (${python.command}${python.origin === "found" ? "" : `, by ${python.origin}`}), ${database.split(":")[0] ?? ""}`,
    adminUrl: `${url}/admin/`,
    manage: [python.command, manageFile],
    process: supervised,
    stop: () => supervised.stop(),
  };
}
