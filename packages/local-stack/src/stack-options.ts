import type { RequestedBackend } from "./emulators/choose.ts";
import type { JavaOptions } from "./emulators/sdk.ts";
import type { Progress } from "./progress.ts";
import type { StackAddresses } from "./stack-file.ts";
import type { Supervised } from "./supervised.ts";

export type LocalService = "tracker" | "djangoAdapter" | "reconciler";

/** What to start, and where. Everything but `home` has a default. */
export interface StackOptions {
  /** Folder for logs, the database and the secrets of this stack. Two stacks need two. */
  readonly home: string;
  readonly mode?: "realtime" | "scheduled";
  readonly delivery?: "push" | "pull";
  readonly backend?: RequestedBackend;
  /** Use the emulators that `FIRESTORE_EMULATOR_HOST` and `PUBSUB_EMULATOR_HOST` name. */
  readonly given?: {
    readonly firestore?: string | undefined;
    readonly pubsub?: string | undefined;
    readonly relayPort?: number | undefined;
  };
  /** Sample members to create on the Django side when it has none. */
  readonly members?: number;
  /** Consecutive ports from here, instead of free ones. */
  readonly portBase?: number;
  /** Keep Django's database and Firestore's documents here between starts. */
  readonly dataDir?: string;
  readonly database?: "sqlite" | "postgres";
  readonly logLevel?: string;
  /** Start a part again when it dies unasked. Tests that kill parts themselves say `false`. */
  readonly restarts?: boolean;
  readonly java?: JavaOptions;
  /** More environment for a service, or for Django; it wins over ours. */
  readonly env?: Readonly<Partial<Record<LocalService | "django", Readonly<Record<string, string>>>>>;
  readonly progress?: Progress;
  /** Calls the start-up off; what was started by then is taken down before `startStack` rejects. */
  readonly signal?: AbortSignal;
}

/** A system that runs. Disposing of it ends every process that it started, and takes at most ten seconds. */
export interface Stack extends AsyncDisposable {
  readonly addresses: StackAddresses;
  readonly memberRefKey: string;
  readonly logsDir: string;
  /** The parts as processes. `undefined` where a part is not a process of ours (embedded, Docker, given). */
  readonly processes: Readonly<Record<LocalService | "django" | "firestore" | "pubsub" | "postgres", Supervised | undefined>>;
  /** Events of Firestore that Pub/Sub does not have yet. */
  pendingEvents(): number;
  /** Creates what a Pub/Sub emulator forgets when it restarts. `processes.pubsub.restart()` does so by itself. */
  ensureTopology(): Promise<void>;
  /** One line for each part, for the screen. */
  readonly described: readonly string[];
}

/** The stack without its end: who composes it owns the cleanup. */
export type StackBody = Omit<Stack, typeof Symbol.asyncDispose>;
