/** Memory in MiB out of `/proc/PID/status`: what a process holds, or the most that it ever held. `undefined` where it does not say. */
export function mebibytesIn(status: string, name: "VmRSS" | "VmHWM"): number | undefined {
  const kibibytes = new RegExp(String.raw`^${name}:\s+(\d+) kB$`, "m").exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
}
