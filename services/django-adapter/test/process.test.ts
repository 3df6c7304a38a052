import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { json, startStandIn } from "./django-stand-in.ts";
import { DJANGO_TOKEN, environment } from "./service-parts.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

function start(env: Readonly<Record<string, string | undefined>>) {
  return spawn(process.execPath, [MAIN], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], METADATA_SERVER_DETECTION: "none", ...env },
  });
}

test("a start that cannot work prints every problem and ends with 1", async () => {
  const child = start(environment({ DJANGO_TOKEN: " \n", DJANGO_URL: "felagar", MEMBER_REF_KEY: undefined }));
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect(code).toBe(1);
  expect(
    errors
      .trim()
      .split("\n")
      .map((line) => line.split(" ").slice(0, 2).join(" "))
      .toSorted(),
  ).toEqual(["django-adapter: DJANGO_TOKEN", "django-adapter: DJANGO_URL", "django-adapter: MEMBER_REF_KEY"]);
}, 20_000);

test("it starts, tells where it listens, and ends with 0 on SIGTERM", async () => {
  await using django = await startStandIn((request, response) => {
    if (request.path.includes("/changes/")) json(response, { changes: [], next: null });
    else json(response, { pending: 0 });
  });
  const child = start(environment({ DJANGO_URL: django.url, PUBSUB_EMULATOR_HOST: "127.0.0.1:1", POLL_INTERVAL: "100ms" }));
  const lines: string[] = [];
  let url = "";
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    url = /"url":"(http:[^"]+)"/.exec(line)?.[1] ?? "";
    if (url !== "") break;
  }
  child.stdout.resume();
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(lines.join("\n")).not.toContain(DJANGO_TOKEN);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
}, 20_000);
