import { execFile } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Found } from "./emulator.ts";

const run = promisify(execFile);

/** The emulators' programs in a Google Cloud SDK. */
export interface SdkFiles {
  readonly java: string;
  readonly firestoreJar: string;
  readonly pubsubJar: string;
}

const USUAL_ROOTS = [
  "/usr/lib/google-cloud-sdk",
  "/usr/share/google-cloud-sdk",
  "/usr/local/google-cloud-sdk",
  "/opt/google-cloud-sdk",
  "/google-cloud-sdk",
  "/snap/google-cloud-sdk/current",
  "/opt/homebrew/share/google-cloud-sdk",
  "/usr/local/share/google-cloud-sdk",
  join(homedir(), "google-cloud-sdk"),
] as const;

/** Finds Java and both emulators, or says what is missing. */
export async function findSdkFiles(roots: readonly string[] = USUAL_ROOTS): Promise<Found<SdkFiles>> {
  const javaHome = process.env["JAVA_HOME"];
  const java = javaHome !== undefined && existsSync(join(javaHome, "bin", "java")) ? join(javaHome, "bin", "java") : "java";
  if (!(await runs(java, ["-version"]))) return { missing: "the Google Cloud SDK's emulators need Java (17 or newer)" };
  const inUsualPlace = jarsUnder(roots);
  if (inUsualPlace !== undefined) return { found: { java, ...inUsualPlace } };
  const root = await sdkRoot();
  if (root === undefined) return { missing: "there is no Google Cloud SDK (gcloud) on this machine" };
  const jars = jarsUnder([root]);
  if (jars === undefined)
    return { missing: "the Google Cloud SDK lacks its emulators: gcloud components install cloud-firestore-emulator pubsub-emulator" };
  return { found: { java, ...jars } };
}

/** The emulators of the first SDK that has both. */
export function jarsUnder(roots: readonly string[]): { readonly firestoreJar: string; readonly pubsubJar: string } | undefined {
  for (const root of roots) {
    const firestoreJar = join(root, "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar");
    const pubsubJar = globSync(join(root, "platform/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar")).toSorted().at(-1);
    if (pubsubJar !== undefined && existsSync(firestoreJar)) return { firestoreJar, pubsubJar };
  }
  return undefined;
}

async function sdkRoot(): Promise<string | undefined> {
  try {
    const { stdout } = await run("gcloud", ["info", "--format=value(installation.sdk_root)"], { timeout: 10_000 });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Whether the program starts and ends well. */
export async function runs(command: string, args: readonly string[]): Promise<boolean> {
  try {
    await run(command, [...args], { timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}
