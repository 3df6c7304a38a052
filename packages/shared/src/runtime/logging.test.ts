import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SyncError } from "../errors/sync-error.ts";
import { createLogger } from "./logging.ts";

const member = {
  kennitala: "0101302989",
  name: "Anna Þórðardóttir",
  email: "anna@daemi.is",
  phone: "+354 555 1234",
  birthday: "1930-01-01",
  facebook: "anna.thordar",
  gender: "kona",
  address: { street: "Laugavegur 17b", postal_code: "101-R", city: "Vopnafjörður" },
  contact: [{ note: "hringja á kvöldin" }],
};
const values = [
  "0101302989",
  "010130",
  "Anna",
  "Þórðar",
  "anna",
  "daemi",
  "555 1234",
  "1930-01-01",
  "kona",
  "Laugavegur",
  "101-R",
  "Vopnafjörður",
  "hringja",
];

function capture() {
  const lines: string[] = [];
  return { lines, log: createLogger({ service: "test", level: "trace", destination: { write: (line: string) => lines.push(line) } }) };
}

describe("a member who is logged in every place", () => {
  const inError = Object.assign(new Error(`no member ${JSON.stringify(member)}\n    at ${member.name} (x.ts:1:1)`), { member, ...member });
  const circular: Record<string, unknown> = { ...member };
  circular["self"] = circular;

  test.each<[string, (log: ReturnType<typeof capture>["log"]) => void]>([
    ["as the fields", (log) => log.info(member, "member taken in")],
    ["as the fields, without a message", (log) => log.info(member)],
    ["below an allowed field", (log) => log.info({ group: member, counts: member, checks: member, status: [member], err: member }, "x")],
    ["behind the message", (log) => log.info("taken in %s %o %j", member.name, member, member)],
    ["behind the fields and message", (log) => log.info({ count: 1 }, "taken in %s %o", member.name, member)],
    ["in an error", (log) => log.error(inError)],
    ["in an error with a message", (log) => log.error(inError, "failed")],
    ["in an error's field", (log) => log.error({ err: inError, error: inError }, "failed")],
    ["in an error's cause", (log) => log.error({ err: new SyncError("store_unavailable", {}, { cause: inError }) }, "failed")],
    ["in an aggregate error", (log) => log.error({ err: new AggregateError([inError], member.name) }, "failed")],
    [
      "in an error's details, by accident",
      (log) => log.error({ err: new SyncError("wrong_member", { id: member.kennitala, mail: member.email }) }, "failed"),
    ],
    ["in a child logger", (log) => log.child(member).info("taken in")],
    ["in a child of a child", (log) => log.child({ side: "django" }).child({ member }, { level: "debug" }).debug("taken in")],
    [
      "in a child with serializers",
      (log) =>
        log
          .child({ member }, { serializers: { member: (of: typeof member) => of.name, err: () => member } })
          .info({ member, err: new Error("x") }, "taken in"),
    ],
    [
      "in bindings set later",
      (log) => {
        log.setBindings(member);
        log.info("taken in");
      },
    ],
    ["as the message's own field", (log) => log.info({ msg: member.name }, "taken in")],
    ["as the message's own field, alone", (log) => log.info({ msg: member.name })],
    ["as names of fields", (log) => log.info({ [member.kennitala]: 1, [member.name]: 2, counts: { [member.email]: 3 } }, "taken in")],
    ["with a toJSON", (log) => log.info({ toJSON: () => member }, "taken in")],
    ["circular", (log) => log.info(circular, "taken in")],
    [
      "as a map, set, array or bigint",
      (log) =>
        log.info(
          { count: new Map([[member.name, member]]), items: [[member.name].slice(1), new Set([member.name])], total: 10n },
          "taken in",
        ),
    ],
    [
      "as an HTTP request",
      (log) => log.info({ method: "GET", url: `/members/${member.kennitala}`, headers: member, socket: {} }, "taken in"),
    ],
    [
      "typed into the message: what looks like an id",
      (log) => log.info(`taken in ${member.kennitala} 010130-2989 ${member.email} ${member.phone}`),
    ],
  ])("is not told: %s", (_place, write) => {
    const { lines, log } = capture();
    write(log);
    const output = lines.join("");
    expect(lines).toHaveLength(1);
    expect(values.filter((value) => output.includes(value))).toEqual([]);
    expect(() => void JSON.parse(output)).not.toThrow();
  });
});

describe("a line", () => {
  const lineOf = (write: (log: ReturnType<typeof capture>["log"]) => void): unknown => {
    const { lines, log } = capture();
    write(log);
    return JSON.parse(lines.join(""));
  };

  test("keeps what may be told, and names what was dropped", () => {
    expect(
      lineOf((log) =>
        log
          .child({ subscription: "s" })
          .warn({ memberRef: "a".repeat(20), group: "email", revision: "1795382038548000000", email: "x" }, "conflict detected"),
      ),
    ).toMatchObject({
      level: "warn",
      severity: "WARNING",
      service: "test",
      subscription: "s",
      memberRef: "a".repeat(20),
      group: "email",
      revision: "1795382038548000000",
      dropped: ["email"],
      msg: "conflict detected",
    });
  });

  test("strikes out ids of persons, and no other", () => {
    const writeId = "0a123456-7890-7000-8000-000000000001";
    const told = lineOf((log) =>
      log.info({ writeId, path: "members/0101302989", revision: "1795382038548000000", url: "http://127.0.0.1:8080" }, "x"),
    );
    expect(told).toMatchObject({ writeId, path: "members/[id]", revision: "1795382038548000000", url: "http://127.0.0.1:8080" });
  });

  test("tells of an error its kind, code, place and causes", () => {
    const cause = Object.assign(new TypeError("x"), { code: "ECONNREFUSED" });
    expect(
      lineOf((log) =>
        log.error({ err: new SyncError("django_unavailable", { status: 503, fields: ["email"] }, { cause }) }, "call failed"),
      ),
    ).toMatchObject({
      err: {
        type: "SyncError",
        code: "django_unavailable",
        disposition: "retry",
        message: expect.any(String),
        details: { status: 503, fields: ["email"] },
        frames: expect.arrayContaining([expect.stringContaining("logging.test.ts")]),
        cause: { type: "TypeError", code: "ECONNREFUSED" },
      },
    });
  });
});

test.skipIf(!existsSync("/dev/full"))("a full disk loses lines and stops nothing", () => {
  const script = `
    import { createLogger, lostLogLines } from "./logging.ts";
    const log = createLogger({ service: "test" });
    for (let i = 0; i < 1000; i += 1) log.info({ count: i }, "line");
    setTimeout(() => { log.info("later"); process.stderr.write("lost " + (lostLogLines() > 0)); }, 50);`;
  const ran = spawnSync("/bin/sh", ["-c", `exec "$0" --input-type=module-typescript -e "$1" > /dev/full`, process.execPath, script], {
    cwd: import.meta.dirname,
    encoding: "utf8",
    timeout: 10_000,
  });
  expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: "lost true" });
});
