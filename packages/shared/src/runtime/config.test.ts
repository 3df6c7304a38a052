import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { SyncError } from "../errors/sync-error.ts";
import { choice, durationMs, flag, integer, list, parseConfig, port, secret, Secret, secrets, text, url } from "./config.ts";

function problemsOf(schema: z.ZodType, env: Readonly<Record<string, string | undefined>>): unknown {
  try {
    return parseConfig(schema, env);
  } catch (error) {
    return error instanceof SyncError && error.code === "config_invalid" ? error.details["problems"] : error;
  }
}

describe("parseConfig", () => {
  const schema = z.object({
    PROJECT_ID: text(),
    DJANGO_URL: url(),
    DJANGO_TOKEN: secret(16),
    PORT: port(),
    POLL_EVERY: durationMs(),
    DRY: flag(),
    MODE: choice(["realtime", "scheduled"]),
    HOSTS: list(),
  });
  const good = {
    PROJECT_ID: "p",
    DJANGO_URL: "https://x.is/felagar/",
    DJANGO_TOKEN: "0123456789abcdef\n",
    PORT: " 8080 ",
    POLL_EVERY: "PT10S",
    DRY: "Yes",
    MODE: "realtime",
    HOSTS: "a, b,,c ",
    PATH: "/bin",
  };

  test("reads and trims every value, a secret's line break too", () => {
    const config = parseConfig(schema, good);
    expect(config).toMatchObject({
      PROJECT_ID: "p",
      DJANGO_URL: "https://x.is/felagar",
      PORT: 8080,
      POLL_EVERY: 10_000,
      DRY: true,
      MODE: "realtime",
      HOSTS: ["a", "b", "c"],
    });
    expect(config.DJANGO_TOKEN.reveal()).toBe("0123456789abcdef");
    expect(config).not.toHaveProperty("PATH");
  });

  test("names every bad variable at once, and repeats no value", () => {
    const problems = problemsOf(schema, {
      DJANGO_URL: "ftp://hemmelig",
      DJANGO_TOKEN: "\n",
      PORT: "70000",
      POLL_EVERY: "soon-hemmelig",
      DRY: "hemmelig",
      MODE: "hemmelig",
      HOSTS: ",",
    });
    expect(problems).toEqual([
      "PROJECT_ID is missing",
      "DJANGO_URL is no http(s) address, or carries a password",
      "DJANGO_TOKEN is blank",
      "PORT is not between 0 and 65535",
      "POLL_EVERY is no duration such as PT10S, 500ms or 10s",
      "DRY is neither true nor false",
      "MODE is not one of realtime, scheduled",
      "HOSTS names nothing",
    ]);
    expect(JSON.stringify(problems)).not.toContain("hemmelig");
  });

  test("takes a blank one for not set, where it need not be", () => {
    const optional = z.object({ LEVEL: text().default("info"), HOST: text().optional() });
    expect(parseConfig(optional, { LEVEL: " ", HOST: "" })).toEqual({ LEVEL: "info" });
  });

  test("refuses a password in an address and a token with a space", () => {
    expect(problemsOf(z.object({ A: url(), B: secret(4) }), { A: "https://u:p@x.is", B: "abc def" })).toHaveLength(2);
  });
});

describe("values", () => {
  test.each([
    ["PT10S", 10_000],
    ["PT1H30M", 5_400_000],
    ["P1D", 86_400_000],
    ["PT0.5S", 500],
    ["500ms", 500],
    ["10s", 10_000],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    ["0s", 0],
  ])("a duration: %s", (value, ms) => expect(durationMs().parse(value)).toBe(ms));

  test.each(["10", "P", "PT", "-5s", "1w", "PT10", "10 s", "1h30m", ""])("no duration: %j", (value) =>
    expect(durationMs().safeParse(value).success).toBe(false),
  );

  test.each(["1.5", "0x10", "1e3", "", "-1"])("no port: %j", (value) => expect(port().safeParse(value).success).toBe(false));

  test("an integer has its bounds", () => {
    expect(integer(1, 10).parse("10")).toBe(10);
    expect(integer(1, 10).safeParse("0").success).toBe(false);
  });

  test("secrets: each is long enough", () => {
    expect(
      secrets(4)
        .parse("abcd,efgh")
        .map((one) => one.reveal()),
    ).toEqual(["abcd", "efgh"]);
    expect(secrets(4).safeParse("abcd,ef").success).toBe(false);
  });

  test("a secret prints nowhere", () => {
    const hidden = new Secret("hemmelig");
    const prints = [
      String(hidden),
      "".concat(String(hidden)),
      JSON.stringify({ hidden }),
      inspect({ hidden }, { depth: 9, showHidden: true }),
      inspect(hidden),
      String([hidden]),
    ];
    expect(prints.join()).not.toContain("hemmelig");
    expect(hidden.reveal()).toBe("hemmelig");
  });
});
