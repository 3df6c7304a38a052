import { readFileSync } from "node:fs";
import { mebibytesIn } from "../process-memory.ts";
import type { Stack } from "../stack-options.ts";

/** The most memory that each service ever held, in MiB; `undefined` where the system does not tell (only Linux does). */
export function peakMemory(stack: Stack): readonly { readonly name: string; readonly mebibytes: number | undefined }[] {
  const { tracker, djangoAdapter, reconciler } = stack.processes;
  return [tracker, djangoAdapter, reconciler].flatMap((service) =>
    service === undefined ? [] : [{ name: service.name, mebibytes: peakOf(service.pid()) }],
  );
}

function peakOf(pid: number | undefined): number | undefined {
  try {
    const mebibytes = mebibytesIn(readFileSync(`/proc/${pid}/status`, "utf8"), "VmHWM");
    return mebibytes === undefined ? undefined : Math.round(mebibytes);
  } catch {
    return undefined;
  }
}
