import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Found } from "../emulators/emulator.ts";
import type { Parts } from "../parts.ts";

const run = promisify(execFile);

/** A Python that has Django. */
export interface DjangoPython {
  readonly command: string;
  readonly version: string;
  /** How it was come by, for the screen. */
  readonly origin: "found" | "pip" | "debian";
}

type Probed = Pick<DjangoPython, "command" | "version">;

const PIP_MS = 60_000;
const APT_MS = 120_000;

/**
 * A Python with Django (and with `modules`): one of this machine, else a virtual environment made with pip, else
 * Debian's packages when we are root there. Otherwise why there is none, in one line.
 */
export async function findPython(parts: Parts, modules: readonly string[] = []): Promise<Found<DjangoPython>> {
  const present = await probe(candidates(), ["django", ...modules]);
  if (present !== undefined) return { found: { ...present, origin: "found" } };
  const made = await parts.progress.step("Making a virtual environment with Django (pip)", () => withPip(parts, modules));
  if (made !== undefined) return { found: { ...made, origin: "pip" } };
  const mayInstall = process.getuid?.() === 0 && existsSync("/etc/debian_version");
  const installed = mayInstall
    ? await parts.progress.step("Installing Debian's Django (apt-get)", () => withDebian(parts, modules))
    : undefined;
  if (installed !== undefined) return { found: { ...installed, origin: "debian" } };
  return { missing: "no Python here has Django, and neither pip nor Debian's packages could bring it" };
}

function candidates(): readonly string[] {
  const virtual = process.env["VIRTUAL_ENV"];
  return [
    process.env["MEMBER_SYNC_PYTHON"] ?? "",
    virtual === undefined ? "" : join(virtual, "bin", "python"),
    "python3",
    "/usr/bin/python3",
    "python",
  ].filter((command) => command !== "");
}

/** The first of the commands that can import all modules, with its Django's version. */
export async function probe(commands: readonly string[], modules: readonly string[]): Promise<Probed | undefined> {
  for (const command of commands) {
    try {
      const { stdout } = await run(command, ["-c", `import ${modules.join(", ")}; print(django.get_version())`], { timeout: 10_000 });
      return { command, version: stdout.trim() };
    } catch {
      continue;
    }
  }
  return undefined;
}

async function withPip(parts: Parts, modules: readonly string[]): Promise<Probed | undefined> {
  const home = join(parts.logsDir, "..", "venv");
  const python = join(home, "bin", "python");
  const existing = existsSync(python) ? await probe([python], ["django", ...modules]) : undefined;
  if (existing !== undefined) return existing;
  const packages = ["django>=4.2", ...(modules.includes("psycopg2") ? ["psycopg2-binary"] : [])];
  const finished =
    (await completes(parts, "pip", "python3", ["-m", "venv", home], PIP_MS)) &&
    (await completes(parts, "pip", python, ["-m", "pip", "install", "--quiet", "--retries", "0", "--timeout", "10", ...packages], PIP_MS));
  return finished ? probe([python], ["django", ...modules]) : undefined;
}

async function withDebian(parts: Parts, modules: readonly string[]): Promise<Probed | undefined> {
  const noninteractive = { DEBIAN_FRONTEND: "noninteractive" };
  const finished =
    (await completes(parts, "apt", "apt-get", ["update"], APT_MS, noninteractive)) &&
    (await completes(parts, "apt", "apt-get", ["install", "-y", "python3-django", "python3-psycopg2"], APT_MS, noninteractive));
  return finished ? probe(["/usr/bin/python3"], ["django", ...modules]) : undefined;
}

/** Whether a command starts and ends well in time. */
async function completes(
  parts: Parts,
  name: string,
  command: string,
  args: readonly string[],
  withinMs: number,
  env: NodeJS.ProcessEnv = {},
): Promise<boolean> {
  try {
    const running = await parts.launch(name, command, args, { env, append: true });
    const tooLate = AbortSignal.any([parts.signal, AbortSignal.timeout(withinMs)]);
    const stop = () => void running.stop(500);
    tooLate.addEventListener("abort", stop, { once: true });
    const how = await running.exited;
    tooLate.removeEventListener("abort", stop);
    parts.signal.throwIfAborted();
    return how === "exit code 0";
  } catch (error) {
    if (parts.signal.aborted) throw error;
    return false;
  }
}
