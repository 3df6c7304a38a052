import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
});

/** Runs a service whose start is `body`, in a process of its own. */
function run(body: string, options = "{}") {
  const script = `
    import { setTimeout as wait } from "node:timers/promises";
    import { createLogger } from "./logging.ts";
    import { SyncError } from "../errors/sync-error.ts";
    import { runService } from "./lifecycle.ts";
    const log = createLogger({ service: "probe" });
    const keepAlive = setInterval(() => undefined, 1_000);
    const running = { log, [Symbol.asyncDispose]: async () => { clearInterval(keepAlive); process.stderr.write("disposed\\n"); } };
    await runService("probe", async (env) => { ${body} }, ${options});`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const until = async (words: string) => {
    while (!output.includes(words)) await Promise.race([once(child.stdout, "data"), once(child.stderr, "data")]);
  };
  const ended = once(child, "close").then(([code]: unknown[]) => ({ code, output }));
  return { child, until, ended };
}

describe("runService", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("ends cleanly on %s", async (signal) => {
    const { child, until, ended } = run(`log.info("started"); return running;`);
    await until("started");
    child.kill(signal);
    expect(await ended).toEqual({ code: 0, output: expect.stringMatching(/service ends[\s\S]*disposed/) });
  });

  test("ends cleanly when told so while it starts", async () => {
    const { child, until, ended } = run(`log.info("starting"); await wait(300); return running;`);
    await until("starting");
    child.kill("SIGTERM");
    expect(await ended).toEqual({ code: 0, output: expect.stringContaining("disposed") });
  });

  test("ends with 1, and says so, when its end takes too long", async () => {
    const { child, until, ended } = run(
      `log.info("started"); return { log, [Symbol.asyncDispose]: () => wait(60_000) };`,
      "{ deadlineMs: 200 }",
    );
    await until("started");
    child.kill("SIGTERM");
    expect(await ended).toEqual({ code: 1, output: expect.stringContaining("probe: did not end within 200 ms") });
  });

  test("prints every problem of the configuration and ends with 1", async () => {
    const { ended } = run(`throw new SyncError("config_invalid", { problems: ["PORT is missing", "TOKEN is blank"] });`);
    expect(await ended).toEqual({ code: 1, output: "probe: PORT is missing\nprobe: TOKEN is blank\n" });
  });

  test("says why it cannot start and ends with 1", async () => {
    const { ended } = run(`throw new SyncError("store_unavailable", {}, { cause: new Error("listen EADDRINUSE") });`);
    expect(await ended).toEqual({ code: 1, output: expect.stringMatching(/^probe: cannot start: .*listen EADDRINUSE\n$/) });
  });

  test("ends with 1, disposed, for an error that nobody caught", async () => {
    const { ended } = run(`setTimeout(() => { throw new Error("0101302989"); }, 50); return running;`);
    const { code, output } = await ended;
    expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(/nobody caught[\s\S]*disposed/) });
    expect(output).not.toContain("0101302989");
  });
});
