import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { answers } from "./wait-for.ts";

/** What `.local/stack.json` says; other programs are written against these names. */
export interface StackAddresses {
  readonly mode: "realtime" | "scheduled";
  readonly firestore: EmulatorAddress;
  /** `host` is empty where there is no Pub/Sub to speak to (embedded). */
  readonly pubsub: EmulatorAddress;
  readonly django: {
    readonly url: string;
    readonly token: string;
    readonly backend: string;
    readonly adminUrl: string | null;
    readonly adminUser: string;
    readonly adminPassword: string;
    readonly manage: readonly string[];
  };
  readonly tracker: { readonly url: string };
  readonly djangoAdapter: { readonly url: string };
  readonly reconciler: { readonly url: string; readonly token: string };
  readonly console: { readonly url: string };
}

const named = z.object({ reconciler: z.object({ url: z.string() }) });

export interface EmulatorAddress {
  readonly host: string;
  readonly projectId: string;
  readonly backend: string;
}

/** Writes the file in one step: a reader finds all of it or none. It holds secrets, so it is its owner's alone. */
export function writeStackFile(file: string, addresses: StackAddresses): void {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(addresses, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
}

/** The address of a stack that the file names and that still answers. */
export async function runningStack(file: string): Promise<string | undefined> {
  try {
    const { reconciler } = named.parse(JSON.parse(readFileSync(file, "utf8")));
    return (await answers(`${reconciler.url}/healthz`)) ? reconciler.url : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the file away: what it names is no more. */
export function removeStackFile(file: string): void {
  rmSync(file, { force: true });
}
