import { execFile } from "node:child_process";
import { chmodSync, chownSync, globSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Parts } from "../parts.ts";
import { waitUntilReady } from "../processes.ts";
import type { Supervised } from "../supervised.ts";

const run = promisify(execFile);

/** A PostgreSQL server of our own, empty, gone with its data when stopped. */
export interface Postgres {
  readonly url: string;
  readonly process: Supervised;
  stop(): Promise<void>;
}

// PostgreSQL refuses to run as root; "nobody" exists everywhere.
const NOBODY = 65_534;
const AS_NOBODY = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"] as const;

/** Starts PostgreSQL from the binaries of this machine. */
export async function startPostgres(port: number, parts: Parts): Promise<Postgres> {
  const initdb = globSync("/usr/lib/postgresql/*/bin/initdb").toSorted().at(-1);
  if (initdb === undefined) throw new Error("there are no PostgreSQL programs under /usr/lib/postgresql: apt-get install postgresql");
  const bin = dirname(initdb);
  const isRoot = process.getuid?.() === 0;
  const command = (program: string, args: readonly string[]): readonly [string, ...string[]] =>
    isRoot ? ["setpriv", ...AS_NOBODY, join(bin, program), ...args] : [join(bin, program), ...args];

  const home = mkdtempSync(join(tmpdir(), "member-sync-postgres-"));
  chmodSync(home, 0o755);
  const data = join(home, "data");
  mkdirSync(data);
  if (isRoot) {
    chownSync(home, NOBODY, NOBODY);
    chownSync(data, NOBODY, NOBODY);
  }
  const remove = () => rmSync(home, { recursive: true, force: true });
  try {
    const [initProgram, ...initArgs] = command("initdb", [
      "-D",
      data,
      "-U",
      "felagar",
      "-A",
      "trust",
      "-E",
      "UTF8",
      "--locale=C.UTF-8",
      "--no-sync",
    ]);
    await run(initProgram, initArgs, { cwd: home });
    const supervised = await parts.supervise("postgres", async (again, signal) => {
      const [program, ...args] = command("postgres", ["-D", data, "-h", "127.0.0.1", "-p", String(port), "-k", home, "-c", "fsync=off"]);
      const running = await parts.launch("postgres", program, args, { cwd: home, append: again });
      const ready = async () => {
        await run(join(bin, "pg_isready"), ["-h", "127.0.0.1", "-p", String(port), "-U", "felagar"]);
        return true;
      };
      await parts.stopUnless(running, () => waitUntilReady(running, ready, { deadlineMs: 20_000, signal }));
      return running;
    });
    return {
      url: `postgres://felagar@127.0.0.1:${port}/postgres`,
      process: supervised,
      async stop() {
        await supervised.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
