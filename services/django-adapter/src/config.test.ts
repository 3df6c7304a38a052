import { inspect } from "node:util";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { expect, test } from "vitest";
import { DJANGO_TOKEN, environment } from "../test/service-parts.ts";
import { djangoAdapterConfig } from "./config.ts";

function problemsOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  try {
    djangoAdapterConfig(env);
    return [];
  } catch (error) {
    const problems = error instanceof SyncError ? error.details["problems"] : undefined;
    return Array.isArray(problems) ? problems.map(String) : [];
  }
}

test("a token with a newline at its end is trimmed, and printed nowhere", () => {
  const config = djangoAdapterConfig(environment({ DJANGO_TOKEN: `${DJANGO_TOKEN}\n`, DJANGO_URL: "https://example.is/felagar/" }));
  expect(config.django.token.reveal()).toBe(DJANGO_TOKEN);
  expect(config.django.url).toBe("https://example.is/felagar");
  expect(config).toMatchObject({ delivery: "push", pushAuth: { kind: "none" }, pollIntervalMs: 60_000, django: { concurrency: 4 } });
  expect(JSON.stringify(config) + inspect(config, { depth: 9 })).not.toContain(DJANGO_TOKEN);
});

const bad: readonly (readonly [name: string, value: string | undefined, problem: RegExp])[] = [
  ["DJANGO_TOKEN", undefined, /is missing/],
  ["DJANGO_TOKEN", "  \n", /is blank/],
  ["DJANGO_URL", "example.is/felagar", /http/],
  ["DJANGO_URL", "ftp://example.is/felagar", /http/],
  ["DJANGO_URL", "https://user:password@example.is/felagar", /http/],
  ["DJANGO_URL", "https://example.is/felagar/api/sync/", /mounted under/],
  ["DJANGO_URL", "https://example.is/felagar?x=1", /mounted under/],
  ["DJANGO_WEBHOOK_SECRETS", "whsec_short", /whsec_/],
  ["DJANGO_WEBHOOK_SECRETS", "just-a-password-without-prefix", /whsec_/],
  ["DJANGO_CONCURRENCY", "0", /between/],
  ["ADAPTER_TOKEN", "short", /shorter/],
  ["MEMBER_REF_KEY", "short", /shorter/],
  ["DELIVERY", "carrier pigeon", /one of/],
  ["POLL_INTERVAL", "soon", /duration/],
  ["PORT", "http", /whole number/],
];

test.each(bad)("%s = %j is refused, naming the variable and not the value", (name, value, problem) => {
  const problems = problemsOf(environment({ [name]: value }));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(new RegExp(`^${name} `));
  expect(problems[0]).toMatch(problem);
});

test("every bad variable is reported at once, and so is what signed pushes need", () => {
  const problems = problemsOf(environment({ DJANGO_URL: "x", DJANGO_TOKEN: "", ADAPTER_TOKEN: undefined, PUSH_AUTH: "oidc" }));
  expect(problems.map((problem) => problem.split(" ")[0]).toSorted()).toEqual([
    "ADAPTER_TOKEN",
    "DJANGO_TOKEN",
    "DJANGO_URL",
    "PUSH_AUDIENCE",
    "PUSH_SERVICE_ACCOUNT",
  ]);
});

test("pushes are verified unless it is said that they are not, also where commands are pulled", () => {
  expect(problemsOf(environment({ DELIVERY: "pull", PUSH_AUTH: undefined }))).toHaveLength(2);
});
