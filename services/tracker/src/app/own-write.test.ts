import { createSecretKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ANNA, BJARNI, KEY, rules, signed } from "../../test/rules.ts";
import { marked, markedChange, markKeyOf, type MarkKey } from "./own-mark.ts";
import { ownershipOf, type Ownership } from "./own-write.ts";
import type { DocumentChange, DocumentData } from "./ports.ts";

const T0 = "1600000000000001000";
const T1 = "1700000000000001000";
const T2 = "1700000001000001000";
const PORTAL = { authType: "app_user", authId: "uid1" };

const withMark = (sync: unknown): DocumentData => ({ profile: { name: "Anna" }, metadata: { sync } });

function change(before: DocumentData | undefined, after: DocumentData | undefined, actor = PORTAL): DocumentChange {
  return {
    kennitala: ANNA,
    ...(before && { before: { data: before, revision: T1 } }),
    ...(after && { after: { data: after, revision: T2 } }),
    eventTime: T2,
    actor,
  };
}

const marks = (given: DocumentChange) => markedChange(rules.markKey, given);

describe("where events do not name the writer", () => {
  test.each<[string, DocumentData | undefined, DocumentData | undefined, Ownership["kind"]]>([
    ["a first mark, over the revision before it", withMark(undefined), withMark(signed("w1", T1)), "own"],
    ["a newer mark", withMark(signed("w1", T0)), withMark(signed("w2", T1)), "own"],
    ["a create", undefined, withMark(signed("w1")), "create-to-prove"],
    [
      "a forged write id with the revision before it, unsigned",
      withMark(signed("w1", T0)),
      withMark({ write_id: "x", revision: T1 }),
      "foreign",
    ],
    [
      "a forged write id with the revision before it, with an old signature",
      withMark(signed("w1", T0)),
      withMark({ ...signed("w1", T0), write_id: "x", revision: T1 }),
      "foreign",
    ],
    [
      "a forged write id with its own update time as revision",
      withMark(signed("w1", T0)),
      withMark({ ...signed("w1", T0), write_id: "x", revision: T2 }),
      "foreign",
    ],
    ["an older mark of ours put back", withMark(signed("w2", T1)), withMark(signed("w1", T0)), "foreign"],
    ["a mark of ours that stays", withMark(signed("w1", T0)), withMark(signed("w1", T0)), "foreign"],
    ["a mark of another member's", withMark(undefined), withMark(signed("w1", T1, BJARNI)), "foreign"],
    ["the mark of an update on a new document", undefined, withMark(signed("w1", T1)), "foreign"],
    ["the mark of a create over a document", withMark(undefined), withMark(signed("w1")), "foreign"],
    ["a mark that is no map", withMark(undefined), withMark("w1"), "foreign"],
    ["a mark with a write id of the wrong kind", withMark(undefined), withMark({ ...signed("w1", T1), write_id: 3 }), "foreign"],
    ["a mark with a revision of the wrong kind", withMark(undefined), withMark({ ...signed("w1", T1), revision: 3 }), "foreign"],
    ["a signature of the right length in other characters", undefined, withMark({ ...signed("w1"), sig: "ð".repeat(43) }), "foreign"],
    ["a removed mark", withMark(signed("w1", T0)), withMark(undefined), "foreign"],
    ["a removed document", withMark(signed("w1", T0)), undefined, "foreign"],
  ])("%s", (_what, before, after, kind) => {
    expect(ownershipOf(marks(change(before, after)), []).kind).toBe(kind);
  });
});

describe("where events name the writer", () => {
  const account = "tracker@p.iam.gserviceaccount.com";
  const named = [account, "1234"];
  const update = (actor: typeof PORTAL) => change(withMark(undefined), withMark(signed("w1", T1)), actor);

  test.each<[string, string, string, Ownership["kind"]]>([
    ["our account by its e-mail", "service_account", account, "own"],
    ["our account by its id", "service_account", "1234", "own"],
    ["another account", "service_account", "other@p.iam.gserviceaccount.com", "foreign"],
    ["a person whose login id is spelt like our account", "app_user", account, "foreign"],
    ["a portal's user", "app_user", "uid1", "foreign"],
  ])("a signed mark written by %s", (_what, authType, authId, kind) => {
    expect(ownershipOf(marks(update({ authType, authId })), named).kind).toBe(kind);
  });

  test("a create by our account needs no proof", () => {
    const create = change(undefined, withMark(signed("w1")), { authType: "service_account", authId: account });
    expect(ownershipOf(marks(create), named)).toEqual({ kind: "own" });
  });

  test("our account without a mark of ours is another program's", () => {
    const other = change(withMark(undefined), { profile: { name: "B" } }, { authType: "service_account", authId: account });
    expect(ownershipOf(marks(other), named).kind).toBe("foreign");
  });
});

test("a mark is signed with a key of its own", () => {
  const kindWith = (key: MarkKey) => marked(key, ANNA, { data: withMark(signed("w1")), revision: T1 }).mark.kind;
  expect(kindWith(rules.markKey)).toBe("valid");
  expect(kindWith(markKeyOf(`${KEY}!`))).toBe("forged");
  expect(kindWith(createSecretKey(KEY, "utf8"))).toBe("forged");
});
