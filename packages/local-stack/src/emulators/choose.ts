import type { Parts } from "../parts.ts";
import type { EmulatorSource } from "./emulator.ts";
import { findSdkFiles } from "./sdk-files.ts";
import { sdkEmulators, type JavaOptions } from "./sdk.ts";

export type RequestedBackend = "sdk" | "docker" | "embedded" | undefined;

/**
 * Chooses where the emulators come from: the SDK before Docker, unless one is asked for by name. `undefined` means that
 * only the embedded backend is left. Says in one line what was missing for the better one.
 */
export async function chooseEmulators(requested: RequestedBackend, java: JavaOptions, parts: Parts): Promise<EmulatorSource | undefined> {
  if (requested === "embedded") return undefined;
  if (requested !== "docker") {
    const files = await findSdkFiles();
    if ("found" in files) return sdkEmulators(files.found, java, parts);
    if (requested === "sdk") throw new Error(files.missing);
    parts.progress.note(files.missing);
  }
  // Loaded only where it is needed: the library costs more time than the emulators' start.
  const { dockerEmulators } = await import("./docker.ts");
  const docker = await dockerEmulators(parts);
  if ("found" in docker) return docker.found;
  if (requested === "docker") throw new Error(docker.missing);
  parts.progress.note(docker.missing);
  return undefined;
}
