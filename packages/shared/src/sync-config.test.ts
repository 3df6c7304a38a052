import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { memberSync } from "../../../member-sync.config.ts";
import { SyncError } from "./errors/sync-error.ts";
import { email, text } from "./member/codecs.ts";
import { defineFieldMap, field } from "./member/field-map.ts";
import { defineMemberSync, loadMemberSync } from "./sync-config.ts";

const broken = join(mkdtempSync(join(tmpdir(), "config-")), "broken.ts");
writeFileSync(broken, "export const memberSync = {");

const fieldMap = defineFieldMap({ name: field("profile.name", text()), email: field("profile.email", email()) });

function problemsOf(define: () => unknown): unknown {
  try {
    return define();
  } catch (error) {
    return error instanceof SyncError ? error.details["problems"] : error;
  }
}

describe("member-sync.config.ts", () => {
  test("is loaded from its path", async () => {
    const path = new URL("../../../member-sync.config.ts", import.meta.url).pathname;
    expect((await loadMemberSync(path)).policies).toEqual(memberSync.policies);
  });

  test("has a policy for each group", () => {
    expect(Object.keys(memberSync.policies)).toEqual(Object.keys(memberSync.fieldMap.groups));
    expect(memberSync.policies["email"]).toEqual({ kind: "lww", windowMs: 3_600_000 });
  });

  test.each([
    ["/nowhere/config.ts", "/nowhere/config.ts cannot be loaded: there is no such file"],
    [broken, "cannot be loaded: "],
    [new URL("clock.ts", import.meta.url).pathname, "exports no memberSync"],
  ])("that is none is refused: %s", async (path, words) => {
    await expect(loadMemberSync(path)).rejects.toMatchObject({
      code: "config_invalid",
      details: { problems: [expect.stringContaining(words)] },
    });
  });
});

describe("defineMemberSync", () => {
  test("takes what is given and fills in the rest", () => {
    const made = defineMemberSync({ fieldMap, policies: { email: { kind: "manual" } }, breaker: { maxDeleted: 3 } });
    expect(made).toMatchObject({
      policies: { name: { kind: "lww" }, email: { kind: "manual" } },
      firestoreDelete: "review",
      maxBounces: 3,
      notSteerable: ["metadata", "membership", "profile.kennitala"],
      breaker: { maxDeleted: 3, maxBlanked: 50 },
      envelope: { maxItems: 250, lingerMs: 10 },
    });
  });

  test("tells everything that is wrong at once", () => {
    const problems = problemsOf(() =>
      defineMemberSync({
        fieldMap,
        policies: { phone: { kind: "manual" }, name: { kind: "lww", windowMs: -1 } },
        maxBounces: 0,
        envelope: { maxItems: 251 },
      }),
    );
    expect(problems).toEqual([
      "policies: there is no group phone",
      expect.stringMatching(/^policies\.name\.windowMs: /),
      expect.stringMatching(/^maxBounces: /),
      expect.stringMatching(/^envelope\.maxItems: /),
    ]);
  });

  test("refuses a setting that it does not know: a misspelt one would be taken for the default", () => {
    const misspelt = { fieldMap, polices: { email: { kind: "manual" } } } as const;
    expect(problemsOf(() => defineMemberSync(misspelt))).toEqual([expect.stringContaining('"polices"')]);
  });
});
