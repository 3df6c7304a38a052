import { waitUntilReady } from "../processes.ts";
import type { Parts } from "../parts.ts";
import { answers } from "../wait-for.ts";
import type { Emulator, EmulatorPlan, EmulatorSource } from "./emulator.ts";
import type { SdkFiles } from "./sdk-files.ts";

/** Options for the emulators' virtual machines. */
export interface JavaOptions {
  readonly firestore: readonly string[];
  readonly pubsub: readonly string[];
}

/** A quick start and a bounded heap; benchmarks pass others. */
export const QUICK_JAVA: JavaOptions = {
  firestore: ["-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
  pubsub: ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
};

const FIRESTORE_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore";
const READY_MS = 60_000;

/** The Google Cloud SDK's own emulators. Java is started itself: the SDK's wrapper leaves a tree of processes behind. */
export function sdkEmulators(files: SdkFiles, java: JavaOptions, parts: Parts): EmulatorSource {
  const start = async (
    name: "firestore" | "pubsub",
    port: number,
    plan: EmulatorPlan,
    args: () => readonly string[],
  ): Promise<Emulator> => {
    const host = `127.0.0.1:${port}`;
    const process = await parts.supervise(name, async (again, signal) => {
      const running = await parts.launch(name, files.java, args(), { append: again });
      await parts.stopUnless(running, async () => {
        await waitUntilReady(running, () => answers(`http://${host}/`), { deadlineMs: READY_MS, signal });
        if (again) await plan.afterRestart(name);
      });
      return running;
    });
    return { host, backend: "sdk", process, stop: () => process.stop() };
  };
  return {
    backend: "sdk",
    callbackHost: "127.0.0.1",
    startFirestore: (plan) =>
      start("firestore", plan.firestorePort, plan, () => {
        const exported = plan.importFrom();
        return [
          ...java.firestore,
          "-cp",
          files.firestoreJar,
          FIRESTORE_MAIN,
          "start",
          "--host=127.0.0.1",
          `--port=${plan.firestorePort}`,
          `--functions_emulator=127.0.0.1:${plan.relayPort}`,
          ...(exported === undefined ? [] : [`--import-data=${exported}`]),
        ];
      }),
    startPubSub: (plan) =>
      start("pubsub", plan.pubsubPort, plan, () => [
        ...java.pubsub,
        "-jar",
        files.pubsubJar,
        "--host=127.0.0.1",
        `--port=${plan.pubsubPort}`,
      ]),
  };
}
