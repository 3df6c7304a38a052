import { readFileSync } from "node:fs";
import { createHttpServer } from "@member-sync/shared/http/server.ts";
import { registerPush } from "@member-sync/shared/http/push.ts";
import { noVerification, type PushVerifier } from "@member-sync/shared/http/push-auth.ts";
import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { registerEvents } from "../src/adapters/eventarc/events-route.ts";
import { registerBackfill } from "../src/adapters/http/backfill-route.ts";
import { onlyFrom } from "../src/adapters/http/only-from.ts";
import { command, delivered } from "./rules.ts";
import { trackerUnderTest } from "./tracker-under-test.ts";

const recorded = z
  .array(z.object({ name: z.string(), headers: z.record(z.string(), z.string()), body: z.string() }))
  .parse(JSON.parse(readFileSync(new URL("fixtures/emulator-events.json", import.meta.url), "utf8")));

function event(name: string) {
  const found = recorded.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no event ${name} was recorded`);
  return found;
}

/** As the relay's subscription pushes it. */
function pushOf({ headers, body }: { readonly headers: Record<string, string>; readonly body: string | Buffer }) {
  return {
    message: { data: Buffer.from(body).toString("base64"), attributes: headers, messageId: "1" },
    subscription: "projects/p/subscriptions/tracker-events",
  };
}

async function serve(verify: PushVerifier = noVerification()) {
  const under = trackerUnderTest();
  const lines: string[] = [];
  const log = createLogger({ service: "tracker", destination: { write: (line: string) => void lines.push(line) } });
  const app = createHttpServer({ service: "tracker", log, metrics: under.metrics, ready: async () => ({ ok: true, checks: {} }) });
  registerPush(app, { path: "/pubsub/apply", handler: under.tracker.apply, verify, log });
  const guard = onlyFrom(verify, log);
  await registerEvents(app, { capture: under.tracker, guard });
  registerBackfill(app, { backfill: () => under.tracker.backfill(), guard });
  const push = (payload: object) => app.inject({ method: "POST", url: "/events/firestore", payload });
  const direct = (body: string | Buffer, headers: Record<string, string>) =>
    app.inject({
      method: "POST",
      url: "/events/firestore",
      payload: body,
      headers: { ...headers, "content-type": "application/protobuf" },
    });
  return { ...under, app, push, direct, lines };
}

describe("an event", () => {
  test.each(["created", "updated", "removed"])("%s is acknowledged once it is published, whichever way it comes", async (name) => {
    const { direct, push, publisher } = await serve();
    const { headers, body } = event(name);
    const bytes = Buffer.from(body, "base64");
    expect((await direct(body, headers)).statusCode).toBe(204);
    expect((await direct(bytes, headers)).statusCode).toBe(204);
    expect((await push(pushOf({ headers, body }))).statusCode).toBe(204);
    expect((await push(pushOf({ headers, body: bytes }))).statusCode).toBe(204);
    const observations = publisher.observations();
    expect(observations).toHaveLength(4);
    expect(new Set(observations.map((observation) => JSON.stringify(observation))).size).toBe(1);
  });

  test("that changes nothing publishes nothing", async () => {
    const { push, publisher } = await serve();
    expect((await push(pushOf(event("unchanged")))).statusCode).toBe(204);
    expect(publisher.sent).toEqual([]);
  });

  test("delivered fifty times at once is one observation by its id", async () => {
    const { push, publisher } = await serve();
    await Promise.all(Array.from({ length: 50 }, () => push(pushOf(event("updated")))));
    expect(new Set(publisher.observations().map(({ id }) => id)).size).toBe(1);
  });

  test("that cannot be published is asked for again", async () => {
    const { push, direct, publisher } = await serve();
    publisher.isDown = true;
    expect((await push(pushOf(event("updated")))).statusCode).toBe(503);
    expect((await direct(event("updated").body, event("updated").headers)).statusCode).toBe(503);
    publisher.isDown = false;
    expect((await push(pushOf(event("updated")))).statusCode).toBe(204);
    expect(publisher.observations()).toHaveLength(1);
  });

  test("that was cut is kept as a dead letter: 204 to a broker, 400 to Eventarc", async () => {
    const { push, direct, publisher, metrics } = await serve();
    const { headers, body } = event("updated");
    const cut = body.slice(0, 101);
    expect((await push(pushOf({ headers, body: cut }))).statusCode).toBe(204);
    const answer = await direct(cut, headers);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ error: { code: "message_malformed", message: expect.any(String) } });
    expect(publisher.deadLetters()).toMatchObject([{ cause: "malformed" }, { cause: "malformed" }]);
    expect(await metrics.text()).toMatch(/membersync_tracker_events_total\{outcome="dead-lettered",service="tracker"\} 2/);
    expect((await push(pushOf({ headers, body }))).statusCode).toBe(204);
  });

  test("of a company is kept as a dead letter that names nobody, and that a replay reads alike", async () => {
    const { push, publisher, lines } = await serve();
    const { headers, body } = event("created");
    const bytes = Buffer.from(body, "base64");
    const company = Buffer.from(bytes.toString("latin1").replace("members/0101302989", "members/4101302989"), "latin1");
    expect(
      (await push(pushOf({ headers: { ...headers, "ce-document": "members/4101302989", "ce-authid": "anna@example.is" }, body: company })))
        .statusCode,
    ).toBe(204);
    const [letter] = publisher.deadLetters();
    expect(letter).toMatchObject({
      cause: "invalid-item",
      reason: expect.stringContaining("company"),
      topic: "firestore-events",
      memberRef: null,
    });
    const told = JSON.stringify([letter?.attributes, publisher.sent[0]?.message.attributes, lines]);
    expect(told).not.toContain("4101302989");
    expect(told).not.toContain("anna@example.is");
    expect((await push(pushOf({ headers: letter?.attributes ?? {}, body: letter?.data ?? "" }))).statusCode).toBe(204);
    expect(new Set(publisher.deadLetters().map(({ id }) => id)).size).toBe(1);
  });

  test("too large for a member is kept as a dead letter, in a size that can be stored", async () => {
    const { push, publisher } = await serve();
    expect((await push(pushOf({ headers: event("created").headers, body: Buffer.alloc(5_000_000, 10) }))).statusCode).toBe(204);
    expect(publisher.deadLetters()).toMatchObject([{ cause: "oversized" }]);
    expect(publisher.messages("member-dead-letters")[0]?.data.length).toBeLessThan(1_000_000);
  });

  test.each([
    ["no JSON and no CloudEvent", "hello"],
    ["JSON of another shape", '{"a":1}'],
    ["an empty body", ""],
  ])("that is %s is refused", async (_what, payload) => {
    const { app } = await serve();
    const answer = await app.inject({ method: "POST", url: "/events/firestore", payload, headers: { "content-type": "application/json" } });
    expect(answer.statusCode).toBe(400);
  });
});

test("neither events nor commands nor a backfill are taken from a stranger", async () => {
  const { app, push, publisher } = await serve(async () => ({ status: 403, reason: "the token is another account's" }));
  expect((await push(pushOf(event("updated")))).statusCode).toBe(403);
  const { data, attributes } = delivered([command({ writeId: "w1" })]);
  const apply = await app.inject({ method: "POST", url: "/pubsub/apply", payload: pushOf({ headers: { ...attributes }, body: data }) });
  expect(apply.statusCode).toBe(403);
  expect((await app.inject({ method: "POST", url: "/backfill" })).statusCode).toBe(403);
  expect(publisher.sent).toEqual([]);
});

test("a pushed command is acknowledged once it is answered", async () => {
  const { app, publisher } = await serve();
  const { data, attributes } = delivered([command({ writeId: "w1", groups: { name: "Anna" } })]);
  const answer = await app.inject({ method: "POST", url: "/pubsub/apply", payload: pushOf({ headers: { ...attributes }, body: data }) });
  expect(answer.statusCode).toBe(204);
  expect(publisher.observations()).toMatchObject([{ answer: { writeId: "w1", status: "applied" } }]);
});

test("a backfill answers with its figures, and 503 when it does not get through", async () => {
  const { app, documents, publisher } = await serve();
  documents.patch("0101302989", { profile: { name: "Anna" } }, undefined, { authType: null, authId: null });
  publisher.isDown = true;
  expect((await app.inject({ method: "POST", url: "/backfill" })).statusCode).toBe(503);
  publisher.isDown = false;
  expect((await app.inject({ method: "POST", url: "/backfill" })).json()).toEqual({ published: 1, skipped: 0 });
});
