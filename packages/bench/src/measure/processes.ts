import { readFileSync, writeFileSync } from "node:fs";
import { mebibytesIn } from "@member-sync/local-stack/process-memory.ts";

/** The system's clock ticks in a second: Linux has told programs 100 for as long as it has told them anything. */
const TICKS_PER_SECOND = 100;

/** Pids by the name of their process; one that does not run has none. */
export type Pids = Readonly<Record<string, number | undefined>>;

/** Processor time that each process has used since it began, in milliseconds. Processes that cannot be read are left out. */
export function cpuOf(pids: Pids): Readonly<Record<string, number>> {
  return read(pids, (pid) => cpuIn(readFileSync(`/proc/${pid}/stat`, "utf8")));
}

/** The most memory that each process has held since it began, or since `forgetPeaks`, in MiB. */
export function peaksOf(pids: Pids): Readonly<Record<string, number>> {
  return read(pids, (pid) => roundedMemory(pid, "VmHWM"));
}

/** The memory that each process holds now, in MiB. */
export function memoryOf(pids: Pids): Readonly<Record<string, number>> {
  return read(pids, (pid) => roundedMemory(pid, "VmRSS"));
}

/** Lets the peaks begin anew. Where the system does not let us, they are those of the whole life. */
export function forgetPeaks(pids: Pids): void {
  read(pids, (pid) => writeFileSync(`/proc/${pid}/clear_refs`, "5"));
}

/** User and system time out of a line of `/proc/PID/stat`, in milliseconds. The program's name may hold spaces and brackets. */
export function cpuIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}

function roundedMemory(pid: number, name: "VmHWM" | "VmRSS"): number {
  return Math.round(mebibytesIn(readFileSync(`/proc/${pid}/status`, "utf8"), name) ?? Number.NaN);
}

/** What was used between two looks. */
export function difference(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>) {
  return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, Math.round(value - (before[name] ?? 0))]));
}

function read<T>(pids: Pids, reader: (pid: number) => T): Readonly<Record<string, T>> {
  const found: Record<string, T> = {};
  for (const [name, pid] of Object.entries(pids)) {
    if (pid === undefined) continue;
    try {
      found[name] = reader(pid);
    } catch {
      // It has ended, or this system tells nothing of it.
    }
  }
  return found;
}
