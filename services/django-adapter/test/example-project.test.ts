import { once } from "node:events";
import { createServer } from "node:net";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { packEnvelopes } from "@member-sync/shared/messages/envelope.ts";
import { describe, expect, test } from "vitest";
import { findPython, startExampleProject, type ExampleOptions, type ExampleProject } from "./example-project.ts";
import { command as oldCommand, KENNITALA, KEY, MEMBER_REF } from "./recording.ts";
import { bearer, DJANGO_TOKEN, startServiceUnderTest, WEBHOOK_SECRETS, type ServiceUnderTest } from "./service-parts.ts";

const found = findPython();
const python = "python" in found ? found.python : "";
if ("missing" in found) process.stderr.write(`not run, the adapter against the real Django: ${found.missing}\n`);

const anna = {
  ssn: KENNITALA,
  name: "Anna Þórðardóttir",
  birthday: "1930-01-01",
  gender: 0,
  contact_info: { phone: "555 1234", email: "anna@example.is", facebook: null },
  address: { street: "Laugavegur 1", postal_code: "101", city: "Reykjavík" },
};

interface Line extends AsyncDisposable {
  readonly django: ExampleProject;
  readonly under: ServiceUnderTest;
}

/** The real Django and the adapter beside it. */
async function startLine(more: Partial<ExampleOptions> = {}, env: Readonly<Record<string, string>> = {}): Promise<Line> {
  await using cleanup = new AsyncDisposableStack();
  const django = cleanup.use(await startExampleProject({ python, token: DJANGO_TOKEN, ...more }));
  const under = cleanup.use(await startServiceUnderTest({ DJANGO_URL: django.url, ...env }));
  const owned = cleanup.move();
  return { django, under, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function drain({ under }: Line): Promise<unknown> {
  const response = await under.post("/drain", { headers: bearer });
  expect(response.status).toBe(200);
  await under.bus.drain();
  return await response.json();
}

/** A command of now: one that is older than the project's database, and names no lineage, is stale. */
const command: typeof oldCommand = (writeId, more) => oldCommand(writeId, { emittedAt: Date.now(), ...more });

/** Sends commands as one push, and gives the observations that answer it. */
async function apply({ under }: Line, ...commands: readonly ApplyCommand[]) {
  const before = under.observations.length;
  for (const message of packEnvelopes("member-apply.v1", "django", commands)) expect((await under.push(message)).status).toBe(204);
  await under.bus.drain();
  return under.observations.slice(before);
}

describe.runIf("python" in found)("against the real Django app", { timeout: 90_000 }, () => {
  test("edits by staff are observed with the values as committed, once", async () => {
    await using line = await startLine();
    expect((await line.django.members("POST", "", anna)).status).toBe(201);
    expect(await drain(line)).toMatchObject({ rows: 1, published: [{ memberRef: MEMBER_REF }] });
    expect(line.under.observations).toMatchObject([
      {
        memberRef: MEMBER_REF,
        life: "alive",
        record: {
          name: "Anna Þórðardóttir",
          birthday: "1930-01-01",
          gender: 0,
          phone: "555 1234",
          email: "anna@example.is",
          facebook: null,
          address: { street: "Laugavegur 1", postal_code: "101", city: "Reykjavík" },
        },
        writeId: null,
      },
    ]);
    expect(
      (await line.django.members("PATCH", `${KENNITALA}/`, { contact_info: { email: "" }, address: { city: "Kópavogur" } })).status,
    ).toBe(200);
    expect(await drain(line)).toMatchObject({ rows: 1 });
    expect(line.under.observations[1]).toMatchObject({
      record: { email: null, address: { city: "Kópavogur" } },
      changed: { email: { to: null }, address: { to: { city: "Kópavogur" } } },
    });
    expect(Number(line.under.observations[1]?.revision)).toBeGreaterThan(Number(line.under.observations[0]?.revision));
    expect(await drain(line)).toEqual({ published: [], rows: 0 });
  });

  test("a command creates a member, a second one finds it, an outdated one is stale, and none of it comes back as an edit", async () => {
    await using line = await startLine();
    const create = command("w1", {
      djangoId: null,
      expectRevision: null,
      life: "alive",
      groups: { name: "Anna", email: "anna@example.is", gender: 0 },
    });
    const [created] = await apply(line, create);
    expect(created).toMatchObject({
      life: "alive",
      writeId: "w1",
      answer: { writeId: "w1", status: "applied" },
      record: { name: "Anna", gender: 0 },
    });
    expect(created?.djangoId).toBeTypeOf("number");

    const [again] = await apply(line, create);
    expect(again).toMatchObject({ id: created?.id, answer: { writeId: "w1", status: "applied" } });

    const revision = created?.revision ?? "";
    const [cleared] = await apply(
      line,
      command("w2", { expectRevision: revision, groups: { email: null, address: { street: "A 1", postal_code: "101", city: null } } }),
    );
    expect(cleared).toMatchObject({
      writeId: "w2",
      answer: { status: "applied" },
      record: { email: null, address: { street: "A 1", postal_code: "101", city: null } },
    });

    const [stale] = await apply(line, command("w3", { expectRevision: revision, groups: { name: "Late" } }));
    expect(stale).toMatchObject({
      writeId: "w2",
      revision: cleared?.revision,
      record: { name: "Anna" },
      answer: { writeId: "w3", status: "stale" },
    });

    expect(await drain(line)).toEqual({ published: [], rows: 0 });
    expect(line.under.deadLetters).toEqual([]);
  });

  test("a refused group is named with the reason, and the rest is applied", async () => {
    await using line = await startLine();
    await line.django.members("POST", "", anna);
    await drain(line);
    const revision = line.under.observations[0]?.revision ?? "";
    const [partly] = await apply(line, command("w1", { expectRevision: revision, groups: { email: "not an address", phone: "555 9999" } }));
    expect(partly).toMatchObject({
      record: { email: "anna@example.is", phone: "555 9999" },
      answer: { status: "applied", rejected: { email: { code: "invalid" } } },
    });
    expect(Object.keys(partly?.answer?.rejected ?? {})).toEqual(["email"]);
    const [refused] = await apply(line, command("w2", { expectRevision: partly?.revision ?? "", groups: { name: "x".repeat(300) } }));
    expect(refused).toMatchObject({
      record: { name: anna.name },
      answer: { status: "rejected", rejected: { name: { code: "too_long" } } },
    });
  });

  test("a delete deactivates, an activation brings back, a removed row is missing", async () => {
    await using line = await startLine();
    await line.django.members("POST", "", anna);
    await drain(line);
    const [deleted] = await apply(
      line,
      command("w1", { life: "deleted", groups: {}, expectRevision: line.under.observations[0]?.revision ?? "" }),
    );
    expect(deleted).toMatchObject({ life: "deleted", answer: { status: "applied" } });
    const [revived] = await apply(line, command("w2", { life: "alive", groups: {}, expectRevision: deleted?.revision ?? "" }));
    expect(revived).toMatchObject({ life: "alive", answer: { status: "applied" } });
    await line.django.members("DELETE", `${KENNITALA}/`);
    await drain(line);
    expect(line.under.observations.at(-1)).toMatchObject({ life: "missing", record: {} });
    const [late] = await apply(line, command("w3", { groups: { name: "Nobody" }, expectRevision: revived?.revision ?? "" }));
    expect(late).toMatchObject({ life: "missing", answer: { status: "stale" } });
    expect(line.under.deadLetters).toEqual([]);
  });

  test("a look shows what stands, a removed member and one who never was; nothing is unknown, and the clock is measured", async () => {
    await using line = await startLine();
    const look = (writeId: string) => apply(line, command(writeId, { look: true, groups: {} }));
    expect(await look("l1")).toMatchObject([{ life: "missing", revision: "0", record: {}, answer: { writeId: "l1", status: "stale" } }]);
    await line.django.members("POST", "", anna);
    await drain(line);
    const [captured] = line.under.observations.slice(-1);
    const [seen] = await look("l2");
    expect(seen).toMatchObject({ revision: captured?.revision, record: captured?.record, lineage: captured?.lineage, life: "alive" });
    for (const each of [captured, seen]) {
      expect(each).not.toHaveProperty("unknown");
      expect(each?.lineage).toMatch(/^[0-9a-f]{32}$/);
      expect(each?.clockErrorMs).toBeLessThan(10_000);
    }
    await line.django.members("DELETE", `${KENNITALA}/`);
    await drain(line);
    const removal = line.under.observations.at(-1)?.revision;
    expect(await look("l3")).toMatchObject([{ life: "missing", revision: removal, answer: { status: "stale" } }]);
    expect(await drain(line)).toEqual({ published: [], rows: 0 });
  });

  test("a create from before the app was migrated is stale, and the next one names the lineage and is carried out", async () => {
    await using line = await startLine();
    const create = { life: "alive", expectRevision: null, groups: { name: "Ný" } } as const;
    const [stale] = await apply(line, oldCommand("w1", create));
    expect(stale).toMatchObject({ life: "missing", revision: "0", answer: { writeId: "w1", status: "stale" } });
    const [applied] = await apply(line, oldCommand("w2", { ...create, lineage: stale?.lineage }));
    expect(applied).toMatchObject({ life: "alive", lineage: stale?.lineage, answer: { writeId: "w2", status: "applied" } });
  });

  test("a command for another lineage is stale at the very revision that it expects", async () => {
    await using line = await startLine();
    await line.django.members("POST", "", anna);
    await drain(line);
    const { revision = "", lineage = "" } = line.under.observations[0] ?? {};
    const [stale] = await apply(line, command("w1", { expectRevision: revision, lineage: "f".repeat(32) }));
    expect(stale).toMatchObject({ revision, lineage, writeId: null, answer: { writeId: "w1", status: "stale" } });
    const [applied] = await apply(line, command("w2", { expectRevision: revision, lineage, groups: { phone: "555 7777" } }));
    expect(applied).toMatchObject({ lineage, writeId: "w2", answer: { status: "applied" } });
  });

  test("250 commands in one envelope, one of them unsound, all end", async () => {
    await using line = await startLine();
    const commands = Array.from({ length: 250 }, (_, at) => {
      const kennitala = `010130${String(2000 + at)}`;
      const name = at === 100 ? "x".repeat(300) : `Member ${at}`;
      return command(`w${at}`, {
        kennitala,
        memberRef: memberRefOf(KEY, kennitala),
        djangoId: null,
        expectRevision: null,
        life: "alive",
        groups: { name },
      });
    });
    const answers = await apply(line, ...commands);
    expect(answers).toHaveLength(250);
    expect(answers.filter(({ answer }) => answer?.status === "applied")).toHaveLength(249);
    expect(answers.find(({ answer }) => answer?.writeId === "w100")).toMatchObject({
      life: "missing",
      answer: { status: "rejected", rejected: { name: { code: "too_long" } } },
    });
  });

  test("a thousand edits drain in one go", async () => {
    await using line = await startLine();
    const members = Array.from({ length: 1000 }, (_, at) => ({
      ssn: `0101${30 + Math.floor(at / 500)}${200 + (at % 500)}9`,
      name: `Member ${at}`,
    }));
    expect((await line.django.members("POST", "bulk/", { members })).status).toBeLessThan(300);
    expect(await drain(line)).toMatchObject({ rows: 1000 });
    expect(line.under.observations).toHaveLength(1000);
  });

  test("Django's nudge wakes the adapter: an edit is observed long before the poll interval", async () => {
    // Each must know the other's address before it starts, so the adapter's port is chosen first.
    const port = await freePort();
    const nudge = { url: `http://127.0.0.1:${port}/hooks/django`, secret: WEBHOOK_SECRETS[0] };
    await using line = await startLine({ nudge }, { POLL_INTERVAL: "1h", PORT: String(port) });
    await drain(line);
    await line.django.members("POST", "", anna);
    await expect.poll(() => line.under.observations.length, { timeout: 10_000 }).toBe(1);
    const metrics = await (await fetch(`${line.under.service.url}/metrics`)).text();
    expect(metrics).toMatch(/membersync_nudges_total{outcome="taken",service="django-adapter"} [1-9]/);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
