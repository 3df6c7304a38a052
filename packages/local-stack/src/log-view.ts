import { open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import colours from "picocolors";
import { z } from "zod";

const entry = z.looseObject({
  level: z.string(),
  time: z.string(),
  msg: z.string().default(""),
  service: z.string().default(""),
});

/** Of the line itself, or of no use to a reader. */
const NOT_SHOWN = new Set(["level", "severity", "time", "msg", "service", "dropped"]);
const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"];

/** A service's JSON log line as one for people; `undefined` for what they need not see. */
export function readableLine(line: string, colour = colours.isColorSupported): string | undefined {
  const parsed = entry.safeParse(parseJson(line));
  if (!parsed.success) return undefined;
  const { level, time, msg, service, ...fields } = parsed.data;
  if (LEVELS.indexOf(level) < LEVELS.indexOf("info")) return undefined;
  const palette = colours.createColors(colour);
  const paint = level === "info" ? palette.dim : level === "warn" ? palette.yellow : palette.red;
  const rest = Object.entries(fields)
    .filter(([name, value]) => !NOT_SHOWN.has(name) && value !== null)
    .map(([name, value]) => `${name}=${shown(value)}`);
  return [palette.dim(time.slice(11, 19)), service.padEnd(14), paint(level.padEnd(5)), msg, palette.dim(rest.join(" "))]
    .join(" ")
    .trimEnd();
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Calls `onLine` for each line that is appended to the file, from where it ends now, until the signal aborts. */
export async function followFile(file: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
  const handle = await open(file, "r");
  try {
    const buffer = Buffer.alloc(64 * 1024);
    let position = (await handle.stat()).size;
    let rest: Buffer = Buffer.alloc(0);
    while (!signal.aborted) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      position += bytesRead;
      rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        onLine(rest.subarray(0, end).toString("utf8"));
        rest = rest.subarray(end + 1);
      }
      if (bytesRead === 0) await delay(200, undefined, { signal }).catch(() => {});
    }
  } finally {
    await handle.close();
  }
}
