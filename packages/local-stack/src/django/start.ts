import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Parts } from "../parts.ts";
import type { Ports } from "../ports.ts";
import type { StackOptions } from "../stack-options.ts";
import type { Supervised } from "../supervised.ts";
import type { DjangoAccess, RunningDjango } from "./django.ts";
import { findPython } from "./find-python.ts";
import { startPostgres } from "./postgres.ts";
import { sqliteIn, startRealDjango } from "./real-django.ts";
import { startStandIn } from "./stand-in/start-stand-in.ts";

export interface StartedDjango {
  readonly django: RunningDjango;
  readonly postgres: Supervised | undefined;
}

export interface DjangoPlan {
  readonly port: number;
  readonly ports: Ports;
  readonly access: DjangoAccess;
  readonly options: StackOptions;
  readonly standInOnly: boolean;
}

/** Starts Django with the best that there is, and names it; `cleanup` stops it. */
export async function startDjango(plan: DjangoPlan, parts: Parts, cleanup: AsyncDisposableStack): Promise<StartedDjango> {
  const { options } = plan;
  const wantsPostgres = options.database === "postgres";
  const python = plan.standInOnly ? undefined : await findPython(parts, wantsPostgres ? ["psycopg2"] : []);
  if (python === undefined || "missing" in python) {
    if (wantsPostgres) throw new Error(python?.missing ?? "the stand-in has no PostgreSQL");
    if (python !== undefined) parts.progress.note(`${python.missing}: a stand-in written in Node takes its place`);
    return parts.progress.step("Starting Django's stand-in", async (detail) => {
      const django = await startStandIn({ port: plan.port, access: plan.access });
      cleanup.defer(() => django.stop());
      detail(`at ${django.url}`);
      return { django, postgres: undefined };
    });
  }
  const postgres = wantsPostgres
    ? await parts.progress.step("Starting PostgreSQL", async () => {
        const started = await startPostgres(await plan.ports.next(), parts);
        cleanup.defer(() => started.stop());
        return started;
      })
    : undefined;
  mkdirSync(options.home, { recursive: true });
  return parts.progress.step("Starting Django", async (detail) => {
    const django = await startRealDjango(
      {
        python: python.found,
        port: plan.port,
        access: plan.access,
        database: postgres?.url ?? sqliteIn(options.dataDir ?? join(options.home, "fresh")),
        manageFile: join(options.home, "manage.py"),
        env: options.env?.django ?? {},
      },
      parts,
    );
    cleanup.defer(() => django.stop());
    detail(`${python.found.version} at ${django.url}`);
    return { django, postgres: postgres?.process };
  });
}
