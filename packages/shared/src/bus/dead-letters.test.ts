import { describe, expect, test } from "vitest";
import { deadLetterNotice } from "../messages/dead-letter.ts";
import { readEnvelope, type Unreadable } from "../messages/envelope.ts";
import { delivered, sampleCommand, sampleObservation } from "../messages/sample.fixture.ts";
import { deadLetterMessage, noticeOfItem, noticeOf } from "./dead-letters.ts";

const by = { origin: "reconciler", topic: "member-changes-django", at: 5 } as const;
const whole: Unreadable = { cause: "malformed", reason: "the data is not JSON", text: "{" };

describe("a notice", () => {
  test("of a whole message keeps text and attributes, so that a replay publishes the same", () => {
    expect(noticeOf(whole, { ...by, attributes: { schema: "member-change.v1" } })).toEqual({
      id: expect.any(String),
      cause: "malformed",
      reason: "the data is not JSON",
      origin: "reconciler",
      topic: "member-changes-django",
      memberRef: null,
      side: "django",
      data: "{",
      attributes: { schema: "member-change.v1" },
      at: 5,
    });
  });

  test("of the same thing twice is one, of another not", () => {
    const id = (text: string, topic: "member-changes-django" | "member-apply-django" = "member-changes-django") =>
      noticeOf({ ...whole, text }, { ...by, topic, at: Math.random() }).id;
    expect(id("{")).toBe(id("{"));
    expect(new Set([id("{"), id("["), id("{", "member-apply-django")]).size).toBe(3);
  });

  test.each([
    ["member-changes-django", "member-change.v1", sampleObservation()],
    ["member-apply-firestore", "member-apply.v1", sampleCommand()],
  ] as const)("of a bad item on %s can be replayed as it stands, once it is understood", (topic, schema, item) => {
    const { data, attributes, memberRef } = noticeOf({ cause: "invalid-item", reason: "x", text: JSON.stringify(item) }, { ...by, topic });
    expect(readEnvelope(schema, delivered({ data, attributes }))).toMatchObject({ items: [item], unreadable: [] });
    expect(memberRef).toBe(item.memberRef);
  });

  test("of an item that was read is the same", () => {
    const notice = noticeOfItem("member-change.v1", sampleObservation(), { ...by, cause: "wrong-member", reason: "x" });
    expect(notice).toMatchObject({ cause: "wrong-member", side: "django", memberRef: "a".repeat(20) });
    expect(readEnvelope("member-change.v1", delivered(notice)).items).toEqual([sampleObservation()]);
    expect(notice.id).toBe(noticeOfItem("member-change.v1", sampleObservation(), { ...by, cause: "unknown", reason: "y" }).id);
  });

  test("of ten megabytes fits into a document, and says what is kept", () => {
    const notice = noticeOf({ cause: "oversized", reason: "over 1000000 bytes", text: "þ".repeat(5_000_000) }, by);
    expect(Buffer.byteLength(JSON.stringify(notice))).toBeLessThan(1_000_000);
    expect(notice.reason).toBe("over 1000000 bytes; the first 100000 of 10000000 bytes are kept");
  });

  test("travels with attributes that tell nothing of a person", () => {
    const notice = noticeOfItem("member-change.v1", sampleObservation(), { ...by, cause: "wrong-member", reason: "x" });
    const { data, attributes } = deadLetterMessage(notice);
    expect(deadLetterNotice.parse(JSON.parse(data))).toEqual(notice);
    expect(attributes).toEqual({ schema: "dead-letter.v1", cause: "wrong-member", origin: "reconciler", deadLetterId: notice.id });
  });
});
