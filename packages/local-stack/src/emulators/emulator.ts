import type { Supervised } from "../supervised.ts";

/** Where an emulator came from: given by the environment, the Google Cloud SDK, or Docker. */
export type EmulatorBackend = "environment" | "sdk" | "docker";

/** An emulator that answers. */
export interface Emulator {
  readonly host: string;
  readonly backend: EmulatorBackend;
  /** The process behind it, when we started one on this machine. */
  readonly process: Supervised | undefined;
  stop(): Promise<void>;
}

/** What the emulators need to know of each other and of us. */
export interface EmulatorPlan {
  readonly firestorePort: number;
  readonly pubsubPort: number;
  /** Where the Firestore emulator sends its events: the relay. */
  readonly relayPort: number;
  /** Ports on this machine that the Pub/Sub emulator pushes to. */
  readonly pushPorts: readonly number[];
  /** The Firestore export to begin with, when there is one. */
  importFrom(): string | undefined;
  /** Puts back what an emulator forgets when it restarts: the trigger, the topology. */
  afterRestart(emulator: "firestore" | "pubsub"): Promise<void>;
}

/** One way to have the emulators. */
export interface EmulatorSource {
  readonly backend: EmulatorBackend;
  /** Name of this machine as seen from the emulators. */
  readonly callbackHost: string;
  startFirestore(plan: EmulatorPlan): Promise<Emulator>;
  startPubSub(plan: EmulatorPlan): Promise<Emulator>;
}

/** Either a way to have the emulators, or why there is none, in one line. */
export type Found<T> = { readonly found: T } | { readonly missing: string };
