import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { hashOfFieldMap, signatureOf } from "@member-sync/shared/member/field-map-signature.ts";
import { readEnvelope } from "@member-sync/shared/messages/envelope.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { describe, expect, test } from "vitest";
import { ANNA, BJARNI, command, delivered, rules, signed } from "../../test/rules.ts";
import { PORTAL, trackerUnderTest, type TrackerUnderTest } from "../../test/tracker-under-test.ts";
import { applyCommands } from "./apply-commands.ts";
import type { MemberDocuments, WriteOutcome } from "./ports.ts";

function onlyAnswer({ publisher }: TrackerUnderTest): Observation {
  const [observation, ...others] = publisher.observations();
  if (observation === undefined || others.length > 0) throw new Error(`${others.length + 1} observations`);
  return observation;
}

const unavailable: WriteOutcome = { kind: "unsure", error: new SyncError("store_unavailable") };

describe("a create", () => {
  test("writes the canonical document with our mark, and is answered as applied", async () => {
    const under = trackerUnderTest();
    const create = command({
      writeId: "w1",
      djangoId: 7,
      groups: { name: "Anna", email: null, address: { street: "A", postal_code: "101", city: null } },
    });
    expect(await under.tracker.apply(delivered([create]))).toBe("ack");
    const { data, revision } = under.anna();
    expect(data).toMatchObject({
      profile: { kennitala: ANNA, name: "Anna", email: null },
      address: { street: "A", postal_code: "101", city: null },
      membership: { status: "active" },
      metadata: {
        django_id: 7,
        deleted_at: null,
        last_modified: expect.any(Date),
        sync: { write_id: "w1", revision: null, at: expect.any(Date) },
      },
    });
    expect(onlyAnswer(under)).toMatchObject({
      revision,
      life: "alive",
      writeId: "w1",
      djangoId: 7,
      answer: { writeId: "w1", status: "applied" },
      record: { name: "Anna", email: null, address: { street: "A", postal_code: "101", city: null } },
    });
  });

  test("of a deleted member is inactive from the start", async () => {
    const under = trackerUnderTest();
    await under.tracker.apply(delivered([command({ writeId: "w1", life: "deleted", groups: { name: "Anna" } })]));
    expect(under.anna().data).toMatchObject({ membership: { status: "inactive" }, metadata: { deleted_at: expect.any(Date) } });
    expect(onlyAnswer(under).life).toBe("deleted");
  });

  test("that comes again after its document was removed brings nobody back (P8)", async () => {
    const under = trackerUnderTest();
    const create = delivered([command({ writeId: "w1", groups: { name: "Anna" } })]);
    await under.tracker.apply(create);
    under.documents.delete(ANNA, PORTAL);
    expect(await under.tracker.apply(create)).toBe("ack");
    expect(under.documents.get(ANNA)).toBeUndefined();
    expect(under.publisher.observations().at(-1)).toMatchObject({ life: "missing", answer: { writeId: "w1", status: "stale" } });
  });

  test("where there is a document is stale, and brings what it holds", async () => {
    const under = trackerUnderTest();
    under.documents.patch(ANNA, { profile: { email: "a@b.is" }, portal: { theme: "dark" } }, undefined, PORTAL);
    const before = under.anna();
    await under.tracker.apply(delivered([command({ writeId: "w1", groups: { name: "Anna" } })]));
    expect(under.anna()).toEqual(before);
    expect(onlyAnswer(under)).toMatchObject({ answer: { status: "stale" }, record: { email: "a@b.is" }, writeId: null });
  });
});

describe("an update", () => {
  async function withAnna(between?: (documents: MemberDocuments) => Partial<MemberDocuments>) {
    const under = trackerUnderTest(between);
    under.documents.patch(ANNA, { profile: { name: "Anna", nick: "A" }, membership: { status: "board" }, tags: [1] }, undefined, PORTAL);
    return { under, revision: under.anna().revision };
  }

  test("writes only its paths and our mark", async () => {
    const { under, revision } = await withAnna();
    await under.tracker.apply(delivered([command({ writeId: "w1", expectRevision: revision, groups: { email: "a@b.is" } })]));
    expect(under.anna().data).toEqual({
      profile: { kennitala: ANNA, name: "Anna", nick: "A", email: "a@b.is" },
      membership: { status: "board" },
      tags: [1],
      metadata: { last_modified: expect.any(Date), sync: { ...signed("w1", revision), at: expect.any(Date) } },
    });
  });

  test("never revives a deleted member by itself (P8)", async () => {
    const { under } = await withAnna();
    under.documents.patch(ANNA, { metadata: { deleted_at: new Date() } }, ["metadata.deleted_at"], PORTAL);
    await under.tracker.apply(delivered([command({ writeId: "w1", expectRevision: under.anna().revision, groups: { name: "B" } })]));
    expect(onlyAnswer(under)).toMatchObject({ life: "deleted", answer: { status: "applied" } });
  });

  test.each([
    ["deleted", { membership: { status: "inactive" }, metadata: { deleted_at: expect.any(Date) } }],
    ["alive", { membership: { status: "active" }, metadata: { deleted_at: null } }],
  ] as const)("to %s changes flag and status", async (life, expected) => {
    const { under, revision } = await withAnna();
    await under.tracker.apply(delivered([command({ writeId: "w1", expectRevision: revision, life })]));
    expect(under.anna().data).toMatchObject(expected);
    expect(onlyAnswer(under).life).toBe(life);
  });

  test("of an older state is stale and writes nothing", async () => {
    const { under, revision } = await withAnna();
    under.documents.patch(ANNA, { profile: { name: "New" } }, ["profile.name"], PORTAL);
    const before = under.anna();
    await under.tracker.apply(delivered([command({ writeId: "w1", expectRevision: revision, groups: { name: "Old" } })]));
    expect(under.anna()).toEqual(before);
    expect(onlyAnswer(under)).toMatchObject({ answer: { status: "stale" }, revision: before.revision, record: { name: "New" } });
  });

  test("of a document that is gone is stale, and newer than what was known", async () => {
    const { under, revision } = await withAnna();
    under.documents.delete(ANNA, PORTAL);
    await under.tracker.apply(delivered([command({ writeId: "w1", expectRevision: revision, groups: { name: "B" } })]));
    const answer = onlyAnswer(under);
    expect(answer).toMatchObject({ life: "missing", record: {}, answer: { status: "stale" } });
    expect(BigInt(answer.revision)).toBeGreaterThan(BigInt(revision));
  });

  test("delivered twice is written once and answered the same", async () => {
    const { under, revision } = await withAnna();
    const message = delivered([command({ writeId: "w1", expectRevision: revision, groups: { name: "B" } })]);
    await Promise.all([under.tracker.apply(message), under.tracker.apply(message)]);
    await under.tracker.apply(message);
    const answers = under.publisher.observations();
    expect(answers).toHaveLength(3);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.answer?.status).toBe("applied");
  });

  test("whose reply is lost is found by its write id", async () => {
    const { under, revision } = await withAnna((documents) => ({
      write: async (writes) => (await documents.write(writes)).map(() => unavailable),
    }));
    expect(await under.tracker.apply(delivered([command({ writeId: "w1", expectRevision: revision, groups: { name: "B" } })]))).toBe("ack");
    expect(onlyAnswer(under).answer?.status).toBe("applied");
  });

  test("that is reported as written and is not there is not called done (P7)", async () => {
    const { under, revision } = await withAnna(() => ({
      write: async (writes) => writes.map(() => ({ kind: "written" })),
    }));
    expect(await under.tracker.apply(delivered([command({ writeId: "w1", expectRevision: revision, groups: { name: "B" } })]))).toBe(
      "retry",
    );
    expect(under.publisher.sent).toEqual([]);
  });
});

describe("what a client changed that only we may write", () => {
  test("is put back by the next command: kennitala, status and mark", async () => {
    const under = trackerUnderTest();
    await under.tracker.apply(delivered([command({ writeId: "w1", groups: { name: "Anna" } })]));
    const forged = { profile: { kennitala: BJARNI }, membership: { status: "board" }, metadata: { sync: { write_id: "x" } } };
    under.documents.patch(ANNA, forged, ["profile.kennitala", "membership.status", "metadata.sync"], PORTAL);
    await under.tracker.apply(delivered([command({ writeId: "w2", expectRevision: "1" })]));
    expect(under.publisher.observations().at(-1)).toMatchObject({
      writeId: null,
      tampered: ["profile.kennitala", "membership.status", "metadata.sync"],
      answer: { status: "stale" },
    });
    await under.tracker.apply(delivered([command({ writeId: "w3", expectRevision: under.anna().revision, life: "alive" })]));
    const restored = under.publisher.observations().at(-1);
    expect(restored).toMatchObject({ writeId: "w3", answer: { status: "applied" }, life: "alive" });
    expect(restored).not.toHaveProperty("tampered");
  });

  test("cannot pass a command off as applied", async () => {
    const under = trackerUnderTest();
    under.documents.patch(ANNA, { profile: { name: "Anna" }, metadata: { sync: { write_id: "w1", revision: "1" } } }, undefined, PORTAL);
    await under.tracker.apply(delivered([command({ writeId: "w1", expectRevision: "1", groups: { name: "B" } })]));
    expect(onlyAnswer(under)).toMatchObject({ answer: { writeId: "w1", status: "stale" }, record: { name: "Anna" } });
  });
});

describe("a command that only looks", () => {
  test("writes nothing and brings what the documents hold, also of a missing one, with one read", async () => {
    let reads = 0;
    let written = 0;
    const under = trackerUnderTest((documents) => ({
      write: (writes) => ((written += writes.length), documents.write(writes)),
      read: (ids) => ((reads += 1), documents.read(ids)),
    }));
    under.documents.patch(ANNA, { profile: { name: "Anna" } }, undefined, PORTAL);
    const before = under.anna();
    const looks = [
      command({ writeId: "l1", look: true, expectRevision: before.revision, groups: { name: "B" } }),
      command({ writeId: "l2", look: true, kennitala: BJARNI }),
    ];
    expect(await under.tracker.apply(delivered(looks))).toBe("ack");
    expect({ reads, written }).toEqual({ reads: 1, written: 0 });
    expect(under.anna()).toEqual(before);
    const [anna, bjarni] = under.publisher.observations();
    expect(anna).toMatchObject({ revision: before.revision, record: { name: "Anna" }, answer: { writeId: "l1", status: "stale" } });
    expect(bjarni).toMatchObject({ life: "missing", record: {}, answer: { writeId: "l2", status: "stale" } });
    expect(BigInt(bjarni?.revision ?? 0)).toBeGreaterThan(BigInt(before.revision));
  });
});

describe("the lineage of the database", () => {
  test("is named by every observation", async () => {
    const under = trackerUnderTest();
    await under.tracker.apply(delivered([command({ writeId: "w1", lineage: rules.lineage, groups: { name: "Anna" } })]));
    expect(onlyAnswer(under)).toMatchObject({ lineage: rules.lineage, answer: { status: "applied" } });
  });

  test("that a command expects is another: stale, and nothing is written", async () => {
    const under = trackerUnderTest();
    await under.tracker.apply(delivered([command({ writeId: "w1", lineage: "before-the-restore", groups: { name: "Anna" } })]));
    expect(onlyAnswer(under)).toMatchObject({ lineage: rules.lineage, life: "missing", answer: { status: "stale" } });
    expect(under.documents.get(ANNA)).toBeUndefined();
  });
});

describe("an envelope", () => {
  test("of answers names our field map", async () => {
    const under = trackerUnderTest();
    await under.tracker.apply(delivered([command({ writeId: "w1", groups: { name: "Anna" } })]));
    const [message] = under.publisher.messages("member-changes-firestore");
    if (message === undefined) throw new Error("nothing was published");
    const signature = signatureOf(rules.fieldMap);
    expect(readEnvelope("member-change.v1", message).fieldMap).toEqual(signature);
    expect(message.attributes["map"]).toBe(hashOfFieldMap(signature));
  });

  const failingFor =
    (kennitala: string, outcome: WriteOutcome) =>
    (documents: MemberDocuments): Partial<MemberDocuments> => ({
      async write(writes) {
        const outcomes = await documents.write(writes.filter((write) => write.kennitala !== kennitala));
        const rest = [...outcomes];
        return writes.map((write) => (write.kennitala === kennitala ? outcome : (rest.shift() ?? outcome)));
      },
    });
  const pair = [
    command({ writeId: "w1", groups: { name: "Anna" } }),
    command({ writeId: "w2", kennitala: BJARNI, groups: { name: "Bjarni" } }),
  ];

  test("with one in trouble that may pass sends only that one again", async () => {
    const under = trackerUnderTest(failingFor(BJARNI, unavailable));
    expect(await under.tracker.apply(delivered(pair))).toBe("ack");
    expect(under.publisher.commands().map(({ writeId }) => writeId)).toEqual(["w2"]);
    expect(onlyAnswer(under).writeId).toBe("w1");
  });

  test("of which nothing could be done comes again as a whole", async () => {
    const under = trackerUnderTest(failingFor(ANNA, unavailable));
    expect(await under.tracker.apply(delivered(pair.slice(0, 1)))).toBe("retry");
    expect(under.publisher.sent).toEqual([]);
  });

  test("with one that can never be written refuses all its groups, and applies the other", async () => {
    const under = trackerUnderTest(failingFor(BJARNI, { kind: "invalid", reason: "too large" }));
    expect(await under.tracker.apply(delivered(pair))).toBe("ack");
    const answers = under.publisher.observations().map(({ answer }) => answer);
    expect(answers).toEqual([
      { writeId: "w1", status: "applied" },
      { writeId: "w2", status: "rejected", rejected: { name: { code: "invalid", message: "too large" } } },
    ]);
  });

  test("whose documents cannot be read back comes again", async () => {
    const under = trackerUnderTest((documents) => ({
      write: (writes) => documents.write(writes),
      read: async () => Promise.reject(new SyncError("store_unavailable")),
    }));
    const message = delivered(pair);
    expect(await under.tracker.apply(message)).toBe("retry");
  });

  test("whose answers cannot be published comes again, and is answered then", async () => {
    const under = trackerUnderTest();
    under.publisher.isDown = true;
    expect(await under.tracker.apply(delivered(pair))).toBe("retry");
    under.publisher.isDown = false;
    expect(await under.tracker.apply(delivered(pair))).toBe("ack");
    expect(under.publisher.observations().map(({ answer }) => answer?.status)).toEqual(["applied", "applied"]);
  });

  test("with two commands for one member carries them out one after the other", async () => {
    const under = trackerUnderTest();
    const twice = [command({ writeId: "w1", groups: { name: "A" } }), command({ writeId: "w2", groups: { name: "B" } })];
    await under.tracker.apply(delivered(twice));
    expect(under.publisher.observations().map(({ answer }) => answer?.status)).toEqual(["applied", "stale"]);
    expect(under.anna().data).toMatchObject({ profile: { name: "A" } });
  });

  test("never puts two commands for one member into one batch of writes: both would be held against the state before it", async () => {
    const batches: (readonly string[])[] = [];
    const under = trackerUnderTest((documents) => ({
      write: (writes) => {
        batches.push(writes.map(({ kennitala }) => kennitala));
        return documents.write(writes);
      },
      read: (ids) => documents.read(ids),
      list: (after, limit) => documents.list(after, limit),
    }));
    const [first, second] = ["w1", "w2"].map((writeId) => command({ writeId, groups: { name: writeId } }));
    if (first === undefined || second === undefined) throw new Error("two commands");
    const other = command({ writeId: "w3", kennitala: BJARNI, groups: { name: "Bjarni" } });
    await under.tracker.apply(delivered([first, second, other]));
    expect(batches).toEqual([[ANNA, BJARNI], [ANNA]]);
  });

  test("with a group that nothing maps refuses that group and applies the rest", async () => {
    const under = trackerUnderTest();
    const groups = { name: "Anna", shoe_size: 43, address: "Laugavegur 1", constructor: "x" };
    await under.tracker.apply(delivered([command({ writeId: "w1", groups })]));
    const { answer } = onlyAnswer(under);
    expect(answer?.status).toBe("applied");
    expect(Object.keys(answer?.rejected ?? {}).sort()).toEqual(["address", "constructor", "shoe_size"]);
    expect(under.anna().data).not.toHaveProperty("address");
  });

  test("that an older field map wrote in part is answered by what was left out, whoever is asked again", async () => {
    const under = trackerUnderTest();
    const { address: _address, ...rest } = rules.fieldMap.groups;
    const older = { ...rules, fieldMap: { groups: rest } };
    const ask = command({ writeId: "w1", groups: { name: "Anna", address: { street: "A", postal_code: "101", city: null } } });
    for (const map of [older, rules, older]) await applyCommands(under.documents, map, [ask]);
    await under.tracker.apply(delivered([ask]));
    expect(under.anna().data).not.toHaveProperty("address");
    const unmapped = { address: { code: "unmapped" } };
    expect(onlyAnswer(under)).toMatchObject({ rejected: unmapped, answer: { writeId: "w1", status: "applied", rejected: unmapped } });
  });

  test("that a newer field map has written whole is not called left out by an older one", async () => {
    const under = trackerUnderTest();
    const ask = command({ writeId: "w1", groups: { name: "Anna", email: "anna@example.is" } });
    await under.tracker.apply(delivered([ask]));
    const { email: _email, ...rest } = rules.fieldMap.groups;
    const [ending] = await applyCommands(under.documents, { ...rules, fieldMap: { groups: rest } }, [ask]);
    expect(ending).toMatchObject({ observation: { record: { name: "Anna" } } });
    expect(ending).toHaveProperty("observation.answer", { writeId: "w1", status: "applied" });
  });

  test("with refused groups only writes nothing", async () => {
    const under = trackerUnderTest();
    await under.tracker.apply(delivered([command({ writeId: "w1", groups: { shoe_size: 43 } })]));
    expect(onlyAnswer(under)).toMatchObject({
      life: "missing",
      answer: { status: "rejected", rejected: { shoe_size: { code: "unmapped" } } },
    });
    expect(under.documents.get(ANNA)).toBeUndefined();
  });

  test("with a stranger's reference dead-letters that command only", async () => {
    const under = trackerUnderTest();
    const forged = { ...command({ writeId: "w9", kennitala: BJARNI, groups: { name: "B" } }), memberRef: "a".repeat(20) };
    expect(await under.tracker.apply(delivered([...pair.slice(0, 1), forged]))).toBe("ack");
    expect(under.publisher.deadLetters()).toMatchObject([{ cause: "wrong-member", topic: "member-apply-firestore", side: "firestore" }]);
    expect(under.documents.get(BJARNI)).toBeUndefined();
    expect(onlyAnswer(under).writeId).toBe("w1");
  });

  test.each([
    ["not JSON", { data: "{", attributes: {} }, "malformed"],
    ["of an unknown version", { data: '{"schema":"member-apply.v99","items":[1]}', attributes: {} }, "unknown-version"],
    ["of the other side", { ...delivered([{ ...command({ writeId: "w1" }), side: "django" as const }]) }, "invalid-item"],
  ])("that is %s is kept as a dead letter", async (_what, message, cause) => {
    const under = trackerUnderTest();
    expect(await under.tracker.apply({ messageId: "1", subscription: "s", publishedAt: 0, ...message })).toBe("ack");
    expect(under.publisher.deadLetters().map((letter) => letter.cause)).toEqual([cause]);
    expect(under.documents.get(ANNA)).toBeUndefined();
  });

  test("and another at the same time are written together", async () => {
    let calls = 0;
    const under = trackerUnderTest((documents) => ({
      write: (writes) => ((calls += 1), documents.write(writes)),
    }));
    await Promise.all(pair.map((each) => under.tracker.apply(delivered([each]))));
    expect(calls).toBe(1);
    expect(under.publisher.messages("member-changes-firestore")).toHaveLength(1);
  });
});
