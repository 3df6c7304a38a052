import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { djangoAccess } from "@member-sync/local-stack/addresses.ts";
import { startDjango } from "@member-sync/local-stack/django/start.ts";
import { chooseEmulators } from "@member-sync/local-stack/emulators/choose.ts";
import type { JavaOptions } from "@member-sync/local-stack/emulators/sdk.ts";
import { startEmulators } from "@member-sync/local-stack/emulators/start.ts";
import { startGuard } from "@member-sync/local-stack/guard.ts";
import { createParts, type Parts } from "@member-sync/local-stack/parts.ts";
import { createPorts, type Ports } from "@member-sync/local-stack/ports.ts";
import type { Progress } from "@member-sync/local-stack/progress.ts";
import { keepSecrets, type Secrets } from "@member-sync/local-stack/secrets.ts";
import { settleAll } from "@member-sync/local-stack/settle.ts";
import type { Supervised } from "@member-sync/local-stack/supervised.ts";
import { createEdits, type Edit } from "./edits.ts";
import { startDjangoProxy, type DjangoProxy } from "./django-proxy.ts";
import { startEditor, type Editor } from "./editor.ts";
import { startNudges, type Nudges } from "./nudges.ts";

/** The full compiler, and room for a hundred thousand members. */
const BENCH_JAVA: JavaOptions = { firestore: ["-Xmx4g", "-XX:+UseSerialGC"], pubsub: ["-Xmx1g", "-XX:+UseSerialGC"] };

/** What all arms share: one pair of emulators, one Django behind one proxy, and whoever edits in it. */
export interface World extends AsyncDisposable {
  readonly home: string;
  /** Where the Firestore emulator sends the events of its triggers. */
  readonly relayPort: number;
  readonly firestoreHost: string;
  readonly pubsubHost: string;
  readonly django: DjangoAt;
  readonly proxy: DjangoProxy;
  readonly nudges: Nudges;
  readonly editor: Editor;
  readonly secrets: Secrets;
  readonly ports: Ports;
  readonly progress: Progress;
  /** Processes that serve every arm, by name. */
  readonly processes: Readonly<Record<string, Supervised | undefined>>;
  /** A folder of logs for one arm, and the means to start its processes. */
  partsFor(arm: string): Parts;
  newEdits(kennitalas: readonly string[]): readonly Edit[];
}

/** Django as the arms see it: behind the proxy. */
export interface DjangoAt {
  readonly url: string;
  readonly token: string;
  readonly databaseFile: string;
}

export async function startWorld(progress: Progress): Promise<World> {
  await using cleanup = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), "member-sync-bench-"));
  const removeHome = () => rmSync(home, { recursive: true, force: true });
  process.once("exit", removeHome);
  cleanup.defer(removeHome);
  const guard = cleanup.use(startGuard());
  const signal = new AbortController().signal;
  const partsFor = (arm: string) => createParts({ guard, logsDir: join(home, "logs", arm), progress, restarts: false, signal });
  const parts = partsFor("world");
  const secrets = keepSecrets(join(home, "secrets.json"));
  const ports = createPorts();
  const proxy = cleanup.use(await startDjangoProxy());
  const nudges = cleanup.use(await startNudges());

  const source = await chooseEmulators("sdk", BENCH_JAVA, parts);
  const plan = {
    firestorePort: await ports.next(),
    pubsubPort: await ports.next(),
    relayPort: await ports.next(),
    pushPorts: [],
    importFrom: () => undefined,
    afterRestart: async () => {},
  };
  const access = { ...djangoAccess(secrets, 0), nudgeUrl: nudges.url };
  const djangoPort = await ports.next();
  const [emulators, { django }] = await settleAll([
    startEmulators({}, source, plan, parts, cleanup),
    startDjango({ port: djangoPort, ports, access, options: { home }, standInOnly: false }, parts, cleanup),
  ]);
  if (django.backend !== "django") throw new Error("the benchmark needs a real Django: a Python that has it, or can install it");
  proxy.target = new URL(django.url);
  const editor = cleanup.use(await startEditor(django.manage));
  const owned = cleanup.move();
  return {
    home,
    relayPort: plan.relayPort,
    firestoreHost: emulators.firestore.host,
    pubsubHost: emulators.pubsub.host,
    django: {
      url: `${proxy.origin}${proxy.target.pathname}`,
      token: secrets.djangoToken,
      databaseFile: join(home, "fresh", "django.sqlite3"),
    },
    proxy,
    nudges,
    editor,
    secrets,
    ports,
    progress,
    processes: { firestore: emulators.firestore.process, pubsub: emulators.pubsub.process, django: django.process },
    partsFor,
    newEdits: createEdits(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
