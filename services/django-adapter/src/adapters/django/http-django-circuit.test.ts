import { expect, test } from "vitest";
import { html, json, startStandIn } from "../../../test/django-stand-in.ts";
import { change, client, failureOf } from "../../../test/http-django-client.ts";

test("five failures in a row open the circuit: Django is left alone, and one call at a time finds out whether it is back", async () => {
  const states: boolean[] = [];
  let isDown = true;
  await using standIn = await startStandIn((_request, response) => (isDown ? html(response, 500) : json(response, { pending: 0 })));
  const django = client(standIn, { onCircuit: (isOpen) => states.push(isOpen) });
  for (let call = 0; call < 5; call += 1) expect(await failureOf(django.status())).toMatchObject({ details: { status: 500 } });
  expect(await failureOf(django.status())).toMatchObject({ code: "django_unavailable", details: { reason: "circuit open" } });
  expect(standIn.requests).toHaveLength(5);
  isDown = false;
  await expect
    .poll(
      () =>
        django.status().then(
          () => "up",
          () => "down",
        ),
      { timeout: 5000 },
    )
    .toBe("up");
  expect(states).toEqual([true, false]);
});

test("a 5xx to a single change opens no circuit: one member that Django chokes on holds up nobody else (P5)", async () => {
  await using standIn = await startStandIn(({ path }, response) =>
    path.includes("apply") ? html(response, 500) : json(response, { pending: 0 }),
  );
  const django = client(standIn);
  for (let call = 0; call < 8; call += 1) expect(await failureOf(django.apply([change("w1")]))).toMatchObject({ details: { status: 500 } });
  expect(await django.status()).toMatchObject({ pending: 0 });
  for (let call = 0; call < 5; call += 1) await failureOf(django.apply([change("w1"), change("w2")]));
  expect(await failureOf(django.status())).toMatchObject({ details: { reason: "circuit open" } });
});

test("an open circuit closes at once when Django is heard of, and opens again when that was too early", async () => {
  const states: boolean[] = [];
  await using standIn = await startStandIn((_request, response) => html(response, 500));
  const django = client(standIn, { onCircuit: (isOpen) => states.push(isOpen) });
  for (let call = 0; call < 6; call += 1) await failureOf(django.status());
  django.expectBack();
  for (let call = 0; call < 6; call += 1) await failureOf(django.status());
  expect(standIn.requests).toHaveLength(10);
  expect(states).toEqual([true, false, true]);
});

test("answers of 4xx do not open the circuit", async () => {
  await using standIn = await startStandIn((_request, response) => json(response, { error: "no" }, 401));
  const django = client(standIn);
  for (let call = 0; call < 8; call += 1) await failureOf(django.status());
  expect(standIn.requests).toHaveLength(8);
});

test("Retry-After keeps every call away until its time, and does not open the circuit", async () => {
  let now = 1_000_000;
  await using standIn = await startStandIn((_request, response) => json(response, { error: "slow down" }, 429, { "retry-after": "5" }));
  const django = client(standIn, { clock: () => now });
  for (let round = 1; round <= 7; round += 1) {
    expect(await failureOf(django.status())).toMatchObject({ details: { status: 429 } });
    now += 4_900;
    expect(await failureOf(django.markSynced([1]))).toMatchObject({ details: { reason: "asked to wait", retryAfterMs: 100 } });
    now += 200;
    expect(standIn.requests).toHaveLength(round);
  }
});

const stands = { ssn: "0101302989", django_id: 12, revision: 4, life: "alive", write_id: "w0", record: { profile: {} }, changed_at: null };

test("409 is told as stale, with what the member holds now", async () => {
  await using standIn = await startStandIn((request, response) => {
    if (request.path.endsWith("/apply/")) json(response, { error: "version conflict" }, 409);
    else json(response, { members: [{ ...stands, revision: 9 }], lineage: "l1" });
  });
  expect(await client(standIn).apply([change("w1")])).toMatchObject([
    { writeId: "w1", status: "stale", revision: "9", lastWriteId: "w0", life: "alive", record: { profile: {} }, lineage: "l1" },
  ]);
  expect(standIn.requests.map(({ path }) => path)).toEqual(["/felagar/api/sync/apply/", "/felagar/api/sync/members/read/"]);
  expect(await failureOf(client(standIn).apply([change("w1"), change("w2")]))).toMatchObject({
    code: "django_refused",
    details: { status: 409 },
  });
});

test("409 although the member stands where it was expected is a failure of this change: nothing moved, so nothing would ever be decided anew", async () => {
  await using standIn = await startStandIn((request, response) => {
    if (request.path.endsWith("/apply/")) json(response, { error: "version conflict" }, 409);
    else json(response, { members: [stands] });
  });
  expect(await client(standIn).apply([change("w1")])).toMatchObject([{ writeId: "w1", status: "error", revision: "4" }]);
});

test("a rotated token is taken up with the next call", async () => {
  let token = "old";
  await using standIn = await startStandIn((request, response) => {
    if (request.authorization === "Token new") json(response, { pending: 0 });
    else json(response, { error: "bad token" }, 401);
  });
  const django = client(standIn, { token: () => token });
  expect(await failureOf(django.status())).toMatchObject({ code: "django_unauthorised" });
  token = "new";
  expect(await django.status()).toMatchObject({ pending: 0 });
});

test.each([
  ["two hours ahead", 7_200_000],
  ["right", 0],
  ["two hours behind", -7_200_000],
])("with each answer it is told how far Django's clock is ahead: %s", async (_what, byMs) => {
  const leads: number[] = [];
  await using standIn = await startStandIn((_request, response) =>
    json(response, { pending: 0 }, 200, { date: new Date(Date.now() + byMs).toUTCString() }),
  );
  await client(standIn, { onClock: (leadMs) => leads.push(leadMs) }).status();
  expect(Math.abs((leads[0] ?? Infinity) - byMs)).toBeLessThan(5_000);
});
