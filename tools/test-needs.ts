import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, globSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findSdkFiles } from "../packages/local-stack/src/emulators/sdk-files.ts";
import { createPorts } from "../packages/local-stack/src/ports.ts";

const FIRESTORE_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore";
const QUICK = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/** Emulators for the contract suites, and the environment that names them. */
export interface TestEmulators extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
}

/** Starts both emulators of the Google Cloud SDK on free ports; throws with the reason when there are none. */
export async function startTestEmulators(): Promise<TestEmulators> {
  const files = await findSdkFiles();
  if ("missing" in files) throw new Error(files.missing);
  const { java, firestoreJar, pubsubJar } = files.found;
  const ports = createPorts();
  const [firestore, pubsub] = [`127.0.0.1:${await ports.next()}`, `127.0.0.1:${await ports.next()}`];
  const portOf = (host: string) => `--port=${host.split(":")[1]}`;
  const processes = [
    launch(java, ["-Xmx1g", ...QUICK, "-cp", firestoreJar, FIRESTORE_MAIN, "start", "--host=127.0.0.1", portOf(firestore)], "firestore"),
    launch(java, ["-Xmx256m", ...QUICK, "-jar", pubsubJar, "--host=127.0.0.1", portOf(pubsub)], "pubsub"),
  ];
  const stop = async () => {
    await Promise.all(processes.map(end));
  };
  try {
    await Promise.all([firestore, pubsub].map(answering));
  } catch (error) {
    await stop();
    throw error;
  }
  return { env: { FIRESTORE_EMULATOR_HOST: firestore, PUBSUB_EMULATOR_HOST: pubsub }, [Symbol.asyncDispose]: stop };
}

/**
 * A Python with Django and psycopg2, and PostgreSQL's programs: found, or installed from Debian's packages where we are
 * root there. What is still missing, the Django tests themselves say, and fail.
 */
export function ensurePythonNeeds(): string {
  const candidates = [process.env["MEMBER_SYNC_PYTHON"], "python3", "/usr/bin/python3"].filter((command) => command !== undefined);
  const find = () => candidates.find((command) => runs(command, ["-c", "import django, psycopg2; django.VERSION"]));
  const hasPostgres = () => globSync("/usr/lib/postgresql/*/bin/initdb").length > 0 || runs("initdb", ["--version"]);
  const found = find();
  if (found !== undefined && hasPostgres()) return found;
  if (process.getuid?.() === 0 && existsSync("/etc/debian_version")) {
    const packages = ["python3-django", "python3-psycopg2", ...(hasPostgres() ? [] : ["postgresql"])];
    console.log(`Installing ${packages.join(", ")} from Debian's packages …`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["update", "-qq"], { stdio: "inherit", env });
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { stdio: "inherit", env });
  }
  return find() ?? "python3";
}

function runs(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore", timeout: 20_000 }).status === 0;
}

function launch(command: string, args: readonly string[], name: string): ChildProcess {
  mkdirSync(join(".local", "test-logs"), { recursive: true });
  const log = openSync(join(".local", "test-logs", `${name}.log`), "w");
  return spawn(command, args, { stdio: ["ignore", log, log] });
}

async function answering(host: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (
    !(await fetch(`http://${host}/`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (Date.now() > deadline) throw new Error(`the emulator at ${host} did not answer within a minute; see .local/test-logs`);
    await delay(100);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await exited;
}
