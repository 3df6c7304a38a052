import { Timestamp } from "@google-cloud/firestore";
import { decodeDocumentEvent } from "@member-sync/tracker/adapters/eventarc/decode-document-event.ts";
import { expect, test } from "vitest";
import { readEvent } from "./decode-event.ts";
import { documentEventOf, type Standing } from "./events.ts";

const KENNITALA = "0101302989";

function standing(email: string | null, updated: Timestamp): Standing {
  return {
    path: `members/${KENNITALA}`,
    fields: {
      profile: { name: "Þóra Jónsdóttir", email, gender: 1 },
      membership: { status: "active" },
      metadata: { deleted_at: null, sync: { at: new Timestamp(1_700_000_000, 5_000) }, tags: ["a", true, 0.5] },
    },
    created: new Timestamp(1_600_000_000, 7_000),
    updated,
  };
}

const event = documentEventOf(
  "bench",
  standing("old@example.is", new Timestamp(1_700_000_000, 0)),
  standing(null, new Timestamp(1_700_000_001, 123_456_000)),
  ["profile.email"],
);

test("the tracker reads the events as it reads Firestore's own", () => {
  const change = decodeDocumentEvent(event.body, event.headers);
  expect(change).toEqual({
    kennitala: KENNITALA,
    before: {
      data: expect.objectContaining({ profile: { name: "Þóra Jónsdóttir", email: "old@example.is", gender: 1 } }),
      revision: "1700000000000000000",
      created: "1600000000000007000",
    },
    after: {
      data: {
        profile: { name: "Þóra Jónsdóttir", email: null, gender: 1 },
        membership: { status: "active" },
        metadata: { deleted_at: null, sync: { at: new Date(1_700_000_000_000) }, tags: ["a", true, 0.5] },
      },
      revision: "1700000001123456000",
      created: "1600000000000007000",
    },
    eventTime: "1700000001000000000",
    actor: { authType: "app_user", authId: "portal-user" },
  });
});

test("the other arms find in them what they need", () => {
  expect(readEvent(event.body)).toMatchObject({
    kennitala: KENNITALA,
    revision: "1700000001123456000",
    fields: { profile: { name: "Þóra Jónsdóttir", email: null }, membership: { status: "active" } },
  });
});
