import { readFileSync } from "node:fs";

/** Loaded before a service: its clock is ahead by the milliseconds that a file holds, and follows when the file changes. */
const file = process.env["CLOCK_FILE"] ?? "";
let aheadMs = 0;
const look = () => {
  try {
    aheadMs = Number(readFileSync(file, "utf8")) || 0;
  } catch {
    aheadMs = 0;
  }
};
look();
setInterval(look, 20).unref();

const RealDate = Date;
const now = () => RealDate.now() + aheadMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) => Reflect.construct(target, args.length === 0 ? [now()] : args),
  get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
});
