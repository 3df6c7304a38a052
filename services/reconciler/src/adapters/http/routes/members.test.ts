import { expect, it } from "vitest";
import { sampleHistory, sampleHub, sampleInFlight } from "../../contract/sample.ts";
import { call, serverWith } from "../api.fixture.ts";
import type { UseCases } from "../use-cases.ts";

const memberRef = "abcdefghijklmnopqrst";

it("gives the reference of a kennitala, and 400 with the reason where it is no person's", async () => {
  const lookup: UseCases["lookup"] = async (raw) =>
    raw === "010130-7789" ? { kind: "found", memberRef } : { kind: "invalid", reason: "the kennitala is a company's" };
  await using app = await serverWith({ lookup });
  expect(await call(app, "POST /api/members/lookup", { kennitala: "010130-7789" })).toEqual({ status: 200, body: { memberRef } });
  expect(await call(app, "POST /api/members/lookup", { kennitala: "5001012880" })).toEqual({
    status: 400,
    body: { error: { code: "kennitala_invalid", message: "the kennitala is a company's" } },
  });
  expect((await call(app, "POST /api/members/lookup", {})).status).toBe(400);
});

it("takes no kennitala in a URL, and does not repeat one", async () => {
  await using app = await serverWith({});
  for (const url of ["/api/members/0101307789", "/api/members/0101307789/timeline"]) {
    const answer = await call(app, `GET ${url}`);
    expect(answer).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining("POST /api/members/lookup") } } });
    expect(JSON.stringify(answer.body)).not.toContain("0101307789");
  }
});

it("shows a member: what is agreed, what each side holds, what is on its way, and no kennitala", async () => {
  const parked = {
    conflictId: "c1",
    cause: "concurrent",
    openedAt: Date.UTC(2026, 0, 1),
    step: 1,
    movedAt: Date.UTC(2026, 0, 1),
    noticedAt: Date.UTC(2026, 0, 1),
    agreed: null,
  } as const;
  const settled = sampleHub(memberRef);
  const { email } = settled.groups;
  if (email === undefined) throw new Error("the sample has no e-mail");
  const hub = { ...settled, groups: { ...settled.groups, email: { ...email, parked } }, out: { django: sampleInFlight() } };
  await using app = await serverWith({ member: async () => ({ hub, inSync: false, inSyncSince: null }) });
  const { status, body } = await call(app, `GET /api/members/${memberRef}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    memberRef,
    djangoId: 7,
    inSync: false,
    inSyncSince: null,
    life: { state: "alive", incarnation: 1, parked: null },
    groups: [
      { group: "address", django: { street: "Laugavegur 1" }, parked: null },
      {
        group: "email",
        value: "a@example.is",
        firestore: "a@example.is",
        parked: { conflictId: "c1", cause: "concurrent", openedAt: "2026-01-01T00:00:00.000Z" },
      },
    ],
    django: { revision: "12", life: "alive", inFlight: { writeId: "w1", groups: ["email"] }, waiting: false },
    firestore: { revision: "1790000000000000000", inFlight: null },
  });
  expect(JSON.stringify(body)).not.toContain(hub.kennitala);
});

it("shows a side never heard of as null, and says 404 of a member never heard of", async () => {
  const { firestore: _, ...sides } = sampleHub(memberRef).sides;
  const hub = sampleHub(memberRef, { sides });
  const member: UseCases["member"] = async (ref) =>
    ref === memberRef ? { hub, inSync: true, inSyncSince: Date.UTC(2026, 0, 1) } : undefined;
  await using app = await serverWith({ member });
  expect(await call(app, `GET /api/members/${memberRef}`)).toMatchObject({
    body: { firestore: null, inSyncSince: "2026-01-01T00:00:00.000Z" },
  });
  expect(await call(app, "GET /api/members/bbbbbbbbbbbbbbbbbbbb")).toMatchObject({ status: 404, body: { error: { code: "not_found" } } });
});

it("shows a side of which something waits, or goes out, though nothing was taken in of it yet", async () => {
  const { firestore: _, ...sides } = sampleHub(memberRef).sides;
  const onItsWay = sampleHub(memberRef, { sides, out: { firestore: sampleInFlight() } });
  await using app = await serverWith({ member: async () => ({ hub: onItsWay, inSync: false, inSyncSince: null }) });
  expect(await call(app, `GET /api/members/${memberRef}`)).toMatchObject({
    body: { firestore: { revision: "0", life: "missing", inFlight: { writeId: "w1" }, waiting: false } },
  });
});

it("asks both sides about a member, and says 404 of one never heard of", async () => {
  const syncMember: UseCases["syncMember"] = async (ref) => (ref === memberRef ? { django: 1, firestore: 1 } : undefined);
  await using app = await serverWith({ syncMember });
  expect(await call(app, `POST /api/members/${memberRef}/sync`)).toEqual({ status: 202, body: { looks: { django: 1, firestore: 1 } } });
  expect(await call(app, "POST /api/members/bbbbbbbbbbbbbbbbbbbb/sync")).toMatchObject({
    status: 404,
    body: { error: { code: "not_found" } },
  });
});

it("tells a member's story", async () => {
  const record = { ...sampleHistory(memberRef, 3), at: Date.UTC(2026, 0, 1) };
  await using app = await serverWith({ timeline: async () => ({ items: [record], next: "more" }) });
  expect(await call(app, `GET /api/members/${memberRef}/timeline?limit=1`)).toMatchObject({
    status: 200,
    body: {
      items: [
        {
          id: `${memberRef}-3`,
          at: "2026-01-01T00:00:00.000Z",
          revisions: { django: "12" },
          entries: [{ group: "email", outcome: "accepted", value: "b", other: null, rule: "newer" }],
        },
      ],
      next: "more",
    },
  });
});
