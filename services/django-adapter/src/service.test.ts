import { packEnvelopes } from "@member-sync/shared/messages/envelope.ts";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { html, json, startStandIn, type Script } from "../test/django-stand-in.ts";
import { command, KENNITALA, MEMBER_REF } from "../test/recording.ts";
import { bearer, environment, startServiceUnderTest, WEBHOOK_SECRETS } from "../test/service-parts.ts";
import { djangoAdapterConfig } from "./config.ts";
import { startDjangoAdapter } from "./service.ts";

const row = (id: number) => ({
  id,
  ssn: KENNITALA,
  action: "update",
  fields_changed: { email: "new@example.is" },
  created_at: "2026-03-01T12:00:00.123456Z",
  revision: id,
  record: { profile: { email: "new@example.is" } },
  life: "alive",
  actor: null,
  write_id: null,
  django_id: 12,
  previous_ssn: null,
});

/** A Django with an outbox, whose answers a test may replace. */
function outboxScript(rows: ReturnType<typeof row>[]): Script {
  return (request, response) => {
    if (request.path.includes("/changes/")) json(response, { changes: rows, count: rows.length, next: null });
    else if (request.path.endsWith("/mark-synced/")) json(response, { success: true, marked_synced: rows.splice(0).length });
    else if (request.path.endsWith("/apply/")) {
      const result = {
        status: "success",
        write_id: "w1",
        last_write_id: "w1",
        revision: 6,
        record: { profile: { email: "anna@example.is" } },
        life: "alive",
        django_id: 12,
      };
      json(response, { results: [result] });
    } else json(response, { pending: rows.length });
  };
}

const [oneCommand] = packEnvelopes("member-apply.v1", "django", [command("w1")]);
const message = oneCommand ?? { data: "", attributes: {} };

function signed(secret: string, id: string, at = new Date()): RequestInit {
  const body = '{"type":"django.changed"}';
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, at, body),
  };
  return { headers, body };
}

test("a drain empties the outbox and answers with what was published", async () => {
  const rows: ReturnType<typeof row>[] = [];
  await using django = await startStandIn(outboxScript(rows));
  await using under = await startServiceUnderTest({ DJANGO_URL: django.url });
  rows.push(row(7), row(8));
  const response = await under.post("/drain", { headers: bearer });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ published: [{ memberRef: MEMBER_REF, revision: "8" }], rows: 2 });
  await under.bus.drain();
  expect(under.observations).toMatchObject([{ revision: "8", memberRef: MEMBER_REF }]);
});

test("a drain needs the token, and says 503 while Django is away", async () => {
  const script = outboxScript([]);
  await using django = await startStandIn(script);
  await using under = await startServiceUnderTest({ DJANGO_URL: django.url });
  expect((await under.post("/drain")).status).toBe(401);
  expect((await under.post("/drain", { headers: { authorization: "Bearer wrong" } })).status).toBe(401);
  django.script = (_request, response) => html(response, 502);
  const response = await under.post("/drain", { headers: bearer });
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ error: { code: "django_unavailable" } });
});

test("a signed nudge makes the next look come at once; the same one again is known; anything else is refused", async () => {
  const rows: ReturnType<typeof row>[] = [];
  await using django = await startStandIn(outboxScript(rows));
  await using under = await startServiceUnderTest({ DJANGO_URL: django.url });
  await expect.poll(() => django.requests.some(({ path }) => path.includes("/changes/"))).toBe(true);
  rows.push(row(9));
  const nudge = signed(WEBHOOK_SECRETS[1], "msg_1");
  expect((await under.post("/hooks/django", nudge)).status).toBe(204);
  await expect.poll(() => under.observations.length, { timeout: 2000 }).toBe(1);
  expect((await under.post("/hooks/django", nudge)).status).toBe(200);

  const refused: readonly RequestInit[] = [
    {},
    { headers: { "content-type": "application/json" }, body: "{}" },
    signed("whsec_c29tZWJvZHktZWxzZXMtc2VjcmV0", "msg_2"),
    signed(WEBHOOK_SECRETS[0], "msg_3", new Date(Date.now() - 360_000)),
    signed(WEBHOOK_SECRETS[0], "msg_4", new Date(Date.now() + 360_000)),
    { ...signed(WEBHOOK_SECRETS[0], "msg_5"), body: '{"type":"something.else"}' },
  ];
  for (const init of refused) expect((await under.post("/hooks/django", init)).status).toBe(401);
});

test("a pushed command is applied and answered by an observation", async () => {
  await using django = await startStandIn(outboxScript([]));
  await using under = await startServiceUnderTest({ DJANGO_URL: django.url });
  expect((await under.push(message)).status).toBe(204);
  await under.bus.drain();
  expect(under.observations).toMatchObject([{ revision: "6", writeId: "w1", answer: { writeId: "w1", status: "applied" } }]);
});

test("a pulled command is applied as well", async () => {
  await using django = await startStandIn(outboxScript([]));
  await using under = await startServiceUnderTest({ DJANGO_URL: django.url, DELIVERY: "pull" });
  await under.bus.publish("member-apply-django", [message]);
  await expect.poll(() => under.observations.length).toBe(1);
});

test("a push while Django is down is asked for again; readiness tells, health does not mind", async () => {
  await using django = await startStandIn(outboxScript([]));
  await using under = await startServiceUnderTest({ DJANGO_URL: django.url });
  expect((await fetch(`${under.service.url}/readyz`)).status).toBe(200);
  django.script = (_request, response) => html(response, 500);
  expect((await under.push(message)).status).toBe(503);
  const ready = await fetch(`${under.service.url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([503, { ok: false, checks: { django: false } }]);
  expect((await fetch(`${under.service.url}/healthz`)).status).toBe(200);
});

test("a push without its token is refused where tokens are asked for", async () => {
  await using django = await startStandIn(outboxScript([]));
  await using under = await startServiceUnderTest({
    DJANGO_URL: django.url,
    PUSH_AUTH: "oidc",
    PUSH_AUDIENCE: "https://adapter",
    PUSH_SERVICE_ACCOUNT: "push@example.is",
  });
  expect((await under.push(message)).status).toBe(401);
  expect(django.requests.filter(({ path }) => path.endsWith("/apply/"))).toEqual([]);
});

test("no kennitala and no value is in a log line, a metric or a URL of a request", async () => {
  const rows = [row(7), { ...row(8), life: "undead" }, { ...row(9), ssn: "4101302989" }];
  await using django = await startStandIn(outboxScript(rows));
  await using under = await startServiceUnderTest({ DJANGO_URL: django.url });
  await under.post("/drain", { headers: bearer });
  await under.push(message);
  django.script = (_request, response) => json(response, { error: KENNITALA }, 422);
  await under.push(message);
  await under.post("/drain", { headers: bearer });
  const metrics = await (await fetch(`${under.service.url}/metrics`)).text();
  expect(metrics).toMatch(/membersync_outbox_rows_total{service="django-adapter"} 3/);
  const told = [...under.lines, metrics, ...django.requests.map(({ path }) => path)].join("\n");
  expect(under.lines.length).toBeGreaterThan(3);
  for (const secret of [KENNITALA, "4101302989", "new@example.is", "anna@example.is"]) expect(told).not.toContain(secret);
});

const refusedStarts: readonly (readonly [name: string, script: Script, problem: RegExp])[] = [
  ["a token that Django refuses", (_q, r) => json(r, { error: "no" }, 401), /^DJANGO_TOKEN is refused by Django \(401\)/],
  ["a redirect", (_q, r) => void r.writeHead(301, { location: "https://elsewhere.example" }).end(), /^DJANGO_URL is redirected \(301\)/],
  ["somebody else's pages", (_q, r) => html(r, 404), /^DJANGO_URL leads to something that is no member_sync app/],
  ["somebody else's API", (_q, r) => json(r, { error: "no such route" }, 404), /^DJANGO_URL leads to something that refuses/],
];

test.each(refusedStarts)("start-up says what is wrong: %s", async (_name, script, problem) => {
  await using django = await startStandIn(script);
  const starting = startServiceUnderTest({ DJANGO_URL: django.url });
  const error: unknown = await starting.then(
    async (under) => await under[Symbol.asyncDispose](),
    (caught: unknown) => caught,
  );
  expect(error).toMatchObject({ code: "config_invalid", details: { problems: [expect.stringMatching(problem)] } });
});

test("a Django that is down is waited for: the service starts, and works when it comes", async () => {
  const rows = [row(7)];
  const first = await startStandIn(outboxScript(rows));
  const port = Number(new URL(first.url).port);
  await first[Symbol.asyncDispose]();
  await using under = await startServiceUnderTest({ DJANGO_URL: first.url, POLL_INTERVAL: "50ms" });
  expect((await fetch(`${under.service.url}/readyz`)).status).toBe(503);
  await using _second = await startStandIn(outboxScript(rows), port);
  await expect.poll(() => under.observations.length, { timeout: 10_000 }).toBe(1);
}, 15_000);

test("a Django whose first answer is cut short is waited for, too", async () => {
  const script = outboxScript([row(7)]);
  await using django = await startStandIn((_request, response) => {
    django.script = script;
    response.writeHead(200, { "content-type": "application/json" }).end('{"pending": 1, "syn');
  });
  await using under = await startServiceUnderTest({ DJANGO_URL: django.url, POLL_INTERVAL: "50ms" });
  await expect.poll(() => under.observations.length, { timeout: 10_000 }).toBe(1);
}, 15_000);

test("a configuration file that is not there is named", async () => {
  const config = djangoAdapterConfig(environment({ MEMBER_SYNC_CONFIG: "/nowhere/member-sync.config.ts" }));
  await expect(startDjangoAdapter(config)).rejects.toMatchObject({ code: "config_invalid" });
});
