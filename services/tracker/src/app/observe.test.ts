import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import { observation as observationSchema } from "@member-sync/shared/messages/observation.ts";
import { describe, expect, test } from "vitest";
import { ANNA, KEY, LINEAGE, rules, signed } from "../../test/rules.ts";
import { observe, observeStanding, type Observed } from "./observe.ts";
import { marked, markedChange, signMark } from "./own-mark.ts";
import { ownershipOf } from "./own-write.ts";
import type { DocumentChange, DocumentData, Snapshot } from "./ports.ts";

const T1 = "1700000000000001000";
const T2 = "1700000001000001000";

const at = (revision: string, data: DocumentData): Snapshot => ({ revision, data });
const base = {
  profile: { kennitala: ANNA, name: "Anna", email: "anna@example.is", gender: 0 },
  address: { street: "Laugavegur 1", postal_code: "101", city: "Reykjavík" },
};

function change(parts: Partial<DocumentChange>): DocumentChange {
  return { kennitala: ANNA, eventTime: "0", actor: { authType: "app_user", authId: "uid1" }, ...parts };
}

/** Reads a change as capture does; a create that carries our mark is proven by what `createdAt` says. */
function seen(given: DocumentChange, createdAt: string | null = null): Observed {
  const marks = markedChange(rules.markKey, given);
  const ownership = ownershipOf(marks, []);
  const isOwn = ownership.kind === "create-to-prove" ? createdAt === given.after?.revision : ownership.kind === "own";
  return observe(marks, isOwn, rules);
}

function edit(before: DocumentData, after: DocumentData): Observed {
  return seen(change({ before: at(T1, before), after: at(T2, after) }));
}

function standing(data: DocumentData) {
  return observed(observeStanding(ANNA, marked(rules.markKey, ANNA, at(T2, data)), rules));
}

function observed(result: Observed) {
  if (result.kind !== "observation") throw new Error(`it is ${result.kind}`);
  observationSchema.parse(result.observation);
  return result.observation;
}

describe("an edit", () => {
  test("is told with the whole record, what changed, who and when", () => {
    const observation = observed(edit(base, { ...base, profile: { ...base.profile, email: "nyr@example.is" } }));
    expect(observation).toEqual({
      id: `firestore:${memberRefOf(KEY, ANNA)}:${T2}`,
      side: "firestore",
      memberRef: memberRefOf(KEY, ANNA),
      kennitala: ANNA,
      revision: T2,
      life: "alive",
      record: { name: "Anna", email: "nyr@example.is", gender: 0, address: base.address },
      changed: { email: { from: "anna@example.is", to: "nyr@example.is" } },
      changedAt: 1_700_000_001_000,
      actor: "uid1",
      djangoId: null,
      writeId: null,
      lineage: LINEAGE,
      unmarked: true,
    });
  });

  test("tells when the document came to be, where the source tells", () => {
    const after = { ...at(T2, base), created: T1 };
    expect(observed(seen(change({ before: at(T1, { x: 1 }), after }))).created).toBe(T1);
    expect(observed(seen(change({ before: after })))).not.toHaveProperty("created");
  });

  test("of a part of the address changes the address as one value", () => {
    const moved = { ...base.address, city: "Kópavogur" };
    expect(observed(edit(base, { ...base, address: moved })).changed).toEqual({ address: { from: base.address, to: moved } });
  });

  test.each<[string, DocumentData, Readonly<Record<string, unknown>>]>([
    ["a field that is removed is cleared", { ...base, profile: { kennitala: ANNA, name: "Anna", gender: 0 } }, { email: null }],
    ["a field set to null is cleared", { ...base, profile: { ...base.profile, email: null } }, { email: null }],
    ["a field set to empty text is cleared", { ...base, profile: { ...base.profile, email: "" } }, { email: null }],
    ["an address that is removed is cleared", { profile: base.profile }, { address: null }],
    ["zero stays zero", { ...base, profile: { ...base.profile, name: "A" } }, { gender: 0, name: "A" }],
  ])("%s", (_rule, after, record) => {
    expect(observed(edit(base, after)).record).toMatchObject(record);
  });

  test("a field that was never there stays absent", () => {
    expect(observed(edit(base, { ...base, profile: { ...base.profile, name: "A" } })).record).not.toHaveProperty("phone");
  });

  test("a value that cannot be read clears nothing", () => {
    const observation = observed(edit(base, { ...base, profile: { ...base.profile, email: ["a"] } }));
    expect(observation.record).not.toHaveProperty("email");
  });

  test("that only respells a value is told, and changes nothing", () => {
    const observation = observed(edit(base, { ...base, profile: { ...base.profile, email: "ANNA@example.is" } }));
    expect(observation.changed).toEqual({});
    expect(observation.revision).toBe(T2);
  });

  test("that changes nothing is dropped", () => {
    expect(edit(base, structuredClone(base)).kind).toBe("no-op");
  });
});

describe("what members may not steer", () => {
  test.each<[string, DocumentData, readonly string[]]>([
    ["the status", { ...base, membership: { status: "board" } }, ["membership.status"]],
    ["the kennitala", { ...base, profile: { ...base.profile, kennitala: "1212121239" } }, ["profile.kennitala"]],
    ["the Django id", { ...base, metadata: { django_id: 7 } }, ["metadata.django_id"]],
    ["an e-mail that is a list", { ...base, profile: { ...base.profile, email: ["a@b.is"] } }, ["profile.email"]],
    ["an address that is a text", { ...base, address: "Laugavegur 1" }, ["address.street", "address.postal_code", "address.city"]],
  ])("%s is recorded as refused, and told", (_what, after, refused) => {
    const observation = observed(edit(base, after));
    expect(observation).toMatchObject({ refused, changed: {}, kennitala: ANNA });
    expect(observation).not.toHaveProperty("unmapped");
  });

  test("text where there was no address is recorded, too, and so is a value of a new document that cannot be read", () => {
    const told = ["address.street", "address.postal_code", "address.city"];
    expect(observed(edit({ profile: base.profile }, { ...base, address: "Laugavegur 1" })).refused).toEqual(told);
    const registered = observed(seen(change({ after: at(T1, { profile: { name: "B", email: ["b@b.is"] } }) })));
    expect(registered).toMatchObject({ record: { name: "B" }, refused: ["profile.email"] });
  });

  test("a document that appears under one kennitala and claims another is told so", () => {
    const claims = { profile: { kennitala: "121212-1239", name: "B" } };
    expect(observed(seen(change({ after: at(T1, claims) }))).refused).toEqual(["profile.kennitala"]);
  });

  test("paths that nothing maps are named, bounded in number and length", () => {
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`f${n}`, n]));
    const observation = observed(edit(base, { ...base, ...many, ["x".repeat(300)]: 1 }));
    expect(observation.unmapped).toHaveLength(100);
    expect(observation.changed).toEqual({});
  });

  test("a field whose name looks like a mapped path is not that path", () => {
    const observation = observed(edit(base, { ...base, "profile.email": "x@y.is" }));
    expect(observation.unmapped).toEqual(["`profile.email`"]);
    expect(observation.record["email"]).toBe("anna@example.is");
  });
});

describe("our own writes", () => {
  const ours = (writeId: string, revision: string | null = null) => ({ ...base, metadata: { sync: signed(writeId, revision) } });

  test("an update of ours is dropped, a later edit is reported with the write id that the document carries", () => {
    expect(edit(ours("w0"), ours("w1", T1)).kind).toBe("own-write");
    expect(observed(edit(ours("w1"), { ...ours("w1"), profile: { name: "B" } })).writeId).toBe("w1");
  });

  test("a create answers for itself: whoever carried it out may not have lived to tell (P8)", () => {
    const created = observed(seen(change({ after: at(T2, ours("w1")) }), T2));
    expect(created).toMatchObject({ revision: T2, writeId: "w1", actor: null, answer: { writeId: "w1", status: "applied" } });
    const putBack = observed(seen(change({ after: at(T2, ours("w1", T1)) }), T2));
    expect(putBack).not.toHaveProperty("answer");
  });

  test("a create answers for itself with what an older field map left out of it, too (P1)", () => {
    const mark = { writeId: "w1", revision: null, refused: "w1 address" };
    const sync = { write_id: "w1", revision: null, refused: mark.refused, sig: signMark(rules.markKey, ANNA, mark) };
    const created = observed(seen(change({ after: at(T2, { ...base, metadata: { sync } }) }), T2));
    expect(created.answer).toMatchObject({ writeId: "w1", status: "applied", rejected: { address: { code: "unmapped" } } });
  });

  test("an old mark on a document that was made anew is no create of ours", () => {
    const replayed = observed(seen(change({ after: at(T2, ours("w1")) }), T1));
    expect(replayed).not.toHaveProperty("answer");
    expect(replayed.actor).toBe("uid1");
  });

  test("an edit over one also tells what was left out of it: nothing, unless its own mark names groups (P1)", () => {
    const over = (refused: string, signedRefused = refused) => {
      const sig = signMark(rules.markKey, ANNA, { writeId: "w1", revision: null, refused: signedRefused });
      const written = { ...base, metadata: { sync: { write_id: "w1", revision: null, refused, sig } } };
      return observed(edit(written, { ...written, profile: { ...base.profile, email: null } })).rejected;
    };
    expect(over("")).toEqual({});
    expect(over("w1 shoe_size")).toMatchObject({ shoe_size: { code: "unmapped" } });
    expect(over("w0 shoe_size", "")).toEqual({});
    expect(over("w1 email", "")).toBeUndefined();
    expect(observed(edit(base, { ...base, profile: { ...base.profile, email: null } }))).not.toHaveProperty("rejected");
  });
});

describe("a document that we wrote to", () => {
  const whole = {
    ...base,
    membership: { status: "active" },
    metadata: { django_id: 7, deleted_at: null, sync: signed("w1") },
  };

  test("is not tampered with by an edit of a mapped field", () => {
    expect(observed(edit(whole, { ...whole, profile: { ...base.profile, name: "B" } }))).not.toHaveProperty("tampered");
  });

  test.each<[string, DocumentData, readonly string[]]>([
    ["status written alone", { ...whole, membership: { status: "board" } }, ["membership.status"]],
    ["status removed", { ...whole, membership: {} }, ["membership.status"]],
    ["kennitala written alone", { ...whole, profile: { ...base.profile, kennitala: "1212121239" } }, ["profile.kennitala"]],
    ["kennitala spelt with a dash", { ...whole, profile: { ...base.profile, kennitala: "010130-2989" } }, ["profile.kennitala"]],
    ["a deletion without its status", { ...whole, metadata: { ...whole.metadata, deleted_at: new Date(0) } }, ["membership.status"]],
    ["a Django id that is no number", { ...whole, metadata: { ...whole.metadata, django_id: "7" } }, ["metadata.django_id"]],
    ["a forged write id", { ...whole, metadata: { ...whole.metadata, sync: { ...signed("w1"), write_id: "w2" } } }, ["metadata.sync"]],
  ])("names what was tampered with: %s", (_what, after, tampered) => {
    const event = observed(edit(whole, after));
    expect(event.tampered).toEqual(tampered);
    expect(event.refused).toBeDefined();
    expect(event.changed).toEqual({});
    expect(standing(after).tampered).toEqual(tampered);
  });
});

describe("a document without a mark of ours", () => {
  const { sync: mark, ...metadata } = { django_id: 7, deleted_at: null, sync: signed("w1") };
  const whole = { ...base, membership: { status: "active" }, metadata: { ...metadata, sync: mark } };

  test("says so in the event of the removal, which names the mark, and in a later event and a read", () => {
    const removed = { ...whole, metadata };
    expect(observed(edit(whole, removed))).toMatchObject({ unmarked: true, writeId: "w1" });
    const later = observed(edit(removed, { ...removed, address: {} }));
    for (const read of [later, standing(removed)]) expect(read).toMatchObject({ unmarked: true, writeId: null });
  });

  test("does not say so of a valid mark, a forged one, or of no document", () => {
    const forged = { ...whole, metadata: { ...metadata, sync: { ...mark, write_id: "w2" } } };
    for (const data of [whole, forged]) expect(standing(data)).not.toHaveProperty("unmarked");
    expect(observed(seen(change({ before: at(T1, { ...whole, metadata }), eventTime: T1 })))).not.toHaveProperty("unmarked");
  });
});

describe("a document that we never wrote to", () => {
  test("is not tampered with by lacking our fields, nor by a status or a dash of the portal's", () => {
    const registered = { profile: { kennitala: "010130-2989", name: "A" }, membership: { status: "applied" } };
    expect(standing({ profile: { name: "A" } })).not.toHaveProperty("tampered");
    expect(standing(registered)).not.toHaveProperty("tampered");
  });

  test("is tampered with by a foreign kennitala or a forged mark", () => {
    const registered = { profile: { kennitala: "1212121239" }, metadata: { sync: { write_id: "w1", revision: null } } };
    expect(standing(registered)).toMatchObject({ tampered: ["profile.kennitala", "metadata.sync"], writeId: null });
    expect(standing({ profile: { kennitala: { a: 1 } } }).tampered).toEqual(["profile.kennitala"]);
  });

  test("and that has a Django id of an earlier program's must have its kennitala", () => {
    expect(standing({ profile: { name: "A" }, metadata: { django_id: 7 } }).tampered).toEqual(["profile.kennitala"]);
    expect(standing({ profile: { kennitala: ANNA }, metadata: { django_id: 7 } })).not.toHaveProperty("tampered");
    const inactive = { profile: { kennitala: ANNA }, membership: { status: "inactive" }, metadata: { django_id: 7 } };
    expect(standing(inactive).tampered).toEqual(["membership.status"]);
  });
});

describe("life", () => {
  test("a mark of deletion is told as deleted", () => {
    const observation = observed(edit(base, { ...base, metadata: { deleted_at: new Date(0), django_id: 7 } }));
    expect(observation).toMatchObject({ life: "deleted", djangoId: 7 });
  });

  test("a mark of deletion that is null is none", () => {
    expect(observed(edit(base, { ...base, metadata: { deleted_at: null } })).life).toBe("alive");
  });

  test.each([
    ["the event's time", "1800000000000000000", "1800000000000000000"],
    ["just after the last state, when the event's time is cut", "1700000000000000000", "1700000000000001001"],
  ])("a removed document stands at %s", (_rule, eventTime, revision) => {
    const observation = observed(seen(change({ before: at(T1, base), eventTime })));
    expect(observation).toMatchObject({ life: "missing", revision, record: {}, writeId: null });
    expect(observation.changed).toMatchObject({ email: { from: "anna@example.is" } });
  });

  test("a new document is always told", () => {
    expect(observed(seen(change({ after: at(T1, {}) })))).toMatchObject({ life: "alive", record: {} });
  });
});

test.each([
  ["01013O2989", "ten digits"],
  ["4101302989", "company"],
  ["010130-2989", "ten digits alone"],
  ["anna", "ten digits"],
])("a document with the id %s is no member", (kennitala, reason) => {
  const result = seen(change({ kennitala, after: at(T1, base) }));
  expect(result).toMatchObject({ kind: "no-member", reason: expect.stringContaining(reason) });
});

test("a document of twenty thousand fields is refused in bounded time", () => {
  const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`f${n}`, n]));
  const started = performance.now();
  expect(seen(change({ before: at(T1, base), after: at(T2, { ...base, wide }) })).kind).toBe("oversized");
  expect(performance.now() - started).toBeLessThan(500);
});

test("equal deliveries give equal observations", () => {
  const given = change({ before: at(T1, base), after: at(T2, { ...base, profile: { name: "B" } }) });
  expect(seen(structuredClone(given))).toEqual(seen(given));
});
