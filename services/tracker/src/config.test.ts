import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { email } from "@member-sync/shared/member/codecs.ts";
import { defineFieldMap, field } from "@member-sync/shared/member/field-map.ts";
import { expect, test } from "vitest";
import { steeringProblems } from "./app/member-document.ts";
import { trackerConfig } from "./config.ts";

const enough = { PROJECT_ID: "p", MEMBER_REF_KEY: "0123456789abcdef\n", MEMBER_SYNC_CONFIG: "member-sync.config.ts", PUSH_AUTH: "none" };

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    trackerConfig(env);
  } catch (error) {
    const problems = error instanceof SyncError ? error.details["problems"] : undefined;
    if (Array.isArray(problems)) return problems.map(String);
  }
  return [];
}

test("little is needed, and a newline behind the key does no harm", () => {
  const config = trackerConfig(enough);
  expect(config).toMatchObject({ http: { host: "0.0.0.0", port: 8080 }, delivery: "push", pushAuth: { kind: "none" }, logLevel: "info" });
  expect(config.memberRefKey.reveal()).toBe("0123456789abcdef");
  expect(JSON.stringify(config)).not.toContain("0123456789abcdef");
});

test("our account may go by several names, and the lineage may be given; without, it is the database's", () => {
  const config = trackerConfig({ ...enough, OWN_WRITER: "t@p.iam.gserviceaccount.com, 1234", FIRESTORE_LINEAGE: "restored-2026-11" });
  expect(config).toMatchObject({ ownWriters: ["t@p.iam.gserviceaccount.com", "1234"], lineage: "restored-2026-11" });
  const { ownWriters, lineage } = trackerConfig(enough);
  expect(ownWriters).toEqual([]);
  expect(lineage).toMatch(/^[\w-]{16}$/);
  expect(trackerConfig(enough).lineage).toBe(lineage);
  expect(trackerConfig({ ...enough, PROJECT_ID: "q" }).lineage).not.toBe(lineage);
  expect(problemsOf({ ...enough, FIRESTORE_LINEAGE: "x".repeat(65), OWN_WRITER: "," })).toHaveLength(2);
});

test("every bad variable is named at once", () => {
  const problems = problemsOf({ PORT: "eighty", MEMBER_REF_KEY: "short", MEMBER_SYNC_CONFIG: " ", DELIVERY: "both", PUSH_AUTH: "oidc" });
  for (const name of ["PORT", "PROJECT_ID", "MEMBER_REF_KEY", "MEMBER_SYNC_CONFIG", "DELIVERY", "PUSH_AUDIENCE", "PUSH_SERVICE_ACCOUNT"]) {
    expect(problems.filter((problem) => problem.startsWith(`${name} `))).toHaveLength(1);
  }
});

test("pushes are verified unless it is said that they are not, also where commands are pulled", () => {
  const { PUSH_AUTH: _none, ...rest } = enough;
  expect(problemsOf({ ...rest, DELIVERY: "pull" })).toHaveLength(2);
});

test.each(["metadata.note", "metadata", "membership.status", "profile.kennitala", "profile"])("a field map may not map %s", (path) => {
  const fieldMap = defineFieldMap({ email: field(path, email()) });
  expect(steeringProblems({ fieldMap, notSteerable: ["metadata", "membership", "profile.kennitala"] })).toHaveLength(1);
});
