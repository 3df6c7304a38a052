import { settleAll } from "../settle.ts";
import type { Parts } from "../parts.ts";
import type { StackOptions } from "../stack-options.ts";
import type { Emulator, EmulatorPlan, EmulatorSource } from "./emulator.ts";
import { givenEmulator } from "./environment.ts";

const SOURCE_NAMES = { environment: "given by the environment", sdk: "Google Cloud SDK", docker: "Docker" } as const;

export interface Emulators {
  readonly firestore: Emulator;
  readonly pubsub: Emulator;
}

/** Starts both emulators at once, but those that the environment gives; each is stopped by `cleanup`. */
export async function startEmulators(
  given: NonNullable<StackOptions["given"]>,
  source: EmulatorSource | undefined,
  plan: EmulatorPlan,
  parts: Parts,
  cleanup: AsyncDisposableStack,
): Promise<Emulators> {
  const started: Emulator[] = [];
  cleanup.defer(async () => {
    await Promise.all(started.map((emulator) => emulator.stop()));
  });
  const start = (name: string, from: keyof typeof SOURCE_NAMES, work: () => Promise<Emulator>) =>
    parts.progress.step(`Starting ${name} emulator (${SOURCE_NAMES[from]})`, async (detail) => {
      const emulator = await work();
      started.push(emulator);
      detail(`at ${emulator.host}`);
      return emulator;
    });
  const firestoreHost = given.firestore;
  const pubsubHost = given.pubsub;
  const [firestore, pubsub] = await settleAll([
    firestoreHost === undefined
      ? start("Firestore", sourceOf(source).backend, () => sourceOf(source).startFirestore(plan))
      : start("Firestore", "environment", () => givenEmulator("Firestore", firestoreHost, parts.signal)),
    pubsubHost === undefined
      ? start("Pub/Sub", sourceOf(source).backend, () => sourceOf(source).startPubSub(plan))
      : start("Pub/Sub", "environment", () => givenEmulator("Pub/Sub", pubsubHost, parts.signal)),
  ]);
  return { firestore, pubsub };
}

function sourceOf(source: EmulatorSource | undefined): EmulatorSource {
  if (source === undefined) throw new Error("one emulator is given by the environment, and there is nothing here to start the other with");
  return source;
}
