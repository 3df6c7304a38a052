import { randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import type { IncomingMessage, MessageHandler, OutgoingMessage } from "../messages/message.ts";
import { createLogger } from "../runtime/logging.ts";
import { SUBSCRIPTIONS, TOPICS } from "../topology.ts";
import { MemoryBus } from "./memory/memory-bus.ts";
import type { MessagePublisher, MessageSource } from "./message-bus.ts";
import { ensureTopology } from "./pubsub/ensure-topology.ts";
import { createPubSub, PubSubPublisher, PubSubSource } from "./pubsub/pubsub-bus.ts";

interface Bus extends AsyncDisposable {
  readonly publisher: MessagePublisher;
  readonly source: MessageSource;
}

const emulatorHost = process.env["PUBSUB_EMULATOR_HOST"];
if (emulatorHost === undefined) console.info("the bus contract runs in memory only: PUBSUB_EMULATOR_HOST is not set");

async function memory(): Promise<Bus> {
  const bus = new MemoryBus({ minBackoffMs: 5 });
  return { publisher: bus, source: bus, [Symbol.asyncDispose]: async () => undefined };
}

/** Each test has a project of its own, so that none sees another's messages. */
async function emulator(): Promise<Bus> {
  const pubsub = createPubSub({ projectId: `contract-${randomUUID().slice(0, 8)}`, emulatorHost: emulatorHost ?? "" });
  await ensureTopology(pubsub, { pushUrls: "pull" });
  const log = createLogger({ service: "contract", destination: { write: () => undefined } });
  return { publisher: new PubSubPublisher(pubsub), source: new PubSubSource({ pubsub, log }), [Symbol.asyncDispose]: () => pubsub.close() };
}

const variants: readonly (readonly [string, () => Promise<Bus>])[] = [
  ["memory", memory],
  ...(emulatorHost === undefined ? [] : [["Pub/Sub emulator", emulator] as const]),
];
const DJANGO = "reconciler-changes-django";
const message = (data: string): OutgoingMessage => ({ data, attributes: { schema: "member-change.v1" } });

/** Collects what arrives; `until` waits for a condition on it. */
function collector(handle: MessageHandler = async () => "ack") {
  const seen: IncomingMessage[] = [];
  let notify = Promise.withResolvers<void>();
  const handler: MessageHandler = async (incoming) => {
    seen.push(incoming);
    notify.resolve();
    notify = Promise.withResolvers();
    return handle(incoming);
  };
  const until = async (condition: () => boolean) => {
    while (!condition()) await notify.promise;
  };
  return { seen, handler, until };
}

describe.each(variants)("a bus: %s", (_name, create) => {
  const stack: AsyncDisposable[] = [];
  afterEach(async () => {
    for (const each of stack.splice(0).toReversed()) await each[Symbol.asyncDispose]();
  });
  const start = async () => {
    const bus = await create();
    stack.push(bus);
    return {
      ...bus,
      consume: (name: string, handler: MessageHandler) => {
        const consumer = bus.source.consume(name, handler);
        stack.push(consumer);
        return consumer;
      },
    };
  };

  test("delivers text and attributes as they were published", async () => {
    const { publisher, consume } = await start();
    const { seen, handler, until } = collector();
    consume(DJANGO, handler);
    await publisher.publish("member-changes-django", [message("Þórður 🙂")]);
    await until(() => seen.length === 1);
    expect(seen[0]).toEqual({
      messageId: expect.any(String),
      data: "Þórður 🙂",
      attributes: { schema: "member-change.v1" },
      subscription: DJANGO,
      publishedAt: expect.any(Number),
    });
    expect(Math.abs((seen[0]?.publishedAt ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test("keeps what is published before anyone listens", async () => {
    const { publisher, consume } = await start();
    await publisher.publish(
      "member-changes-django",
      Array.from({ length: 300 }, (_, index) => message(String(index))),
    );
    const { seen, handler, until } = collector();
    consume(DJANGO, handler);
    await until(() => new Set(seen.map(({ data }) => data)).size === 300);
  });

  test("delivers to the subscriptions of the topic only", async () => {
    const { publisher, consume } = await start();
    const [django, firestore] = [collector(), collector()];
    consume(DJANGO, django.handler);
    consume("reconciler-changes-firestore", firestore.handler);
    await publisher.publish("member-changes-firestore", [message("f")]);
    await publisher.publish("member-changes-django", [message("d")]);
    await Promise.all([django.until(() => django.seen.length > 0), firestore.until(() => firestore.seen.length > 0)]);
    expect([django.seen, firestore.seen].map((all) => [...new Set(all.map(({ data }) => data))])).toEqual([["d"], ["f"]]);
  });

  test.each<[string, MessageHandler]>([
    ["retry", async () => "retry"],
    [
      "a throw",
      async () => {
        throw new Error("x");
      },
    ],
    [
      "a throw at once",
      () => {
        throw new Error("x");
      },
    ],
  ])("delivers again what was not acknowledged: %s", async (_verdict, first) => {
    const { publisher, consume } = await start();
    let deliveries = 0;
    const { seen, handler, until } = collector((incoming) => ((deliveries += 1) === 1 ? first(incoming) : Promise.resolve("ack")));
    consume(DJANGO, handler);
    await publisher.publish("member-changes-django", [message("again")]);
    await until(() => seen.length === 2);
    expect(new Set(seen.map(({ messageId }) => messageId)).size).toBe(1);
  });

  test("lets no message hold up another", async () => {
    const { publisher, consume } = await start();
    const { seen, handler, until } = collector(async ({ data }) => (data === "poison" ? "retry" : "ack"));
    consume(DJANGO, handler);
    await publisher.publish("member-changes-django", [
      message("poison"),
      ...Array.from({ length: 50 }, (_, index) => message(String(index))),
    ]);
    await until(() => new Set(seen.map(({ data }) => data)).size === 51);
  });

  test("waits at its end for what is in hand, and delivers nothing more", async () => {
    const { publisher, consume } = await start();
    const release = Promise.withResolvers<void>();
    let finished = 0;
    const { seen, handler, until } = collector(async () => {
      await release.promise;
      finished += 1;
      return "ack";
    });
    const consumer = consume(DJANGO, handler);
    await publisher.publish("member-changes-django", [message("in hand")]);
    await until(() => seen.length === 1);
    const ended = consumer[Symbol.asyncDispose]();
    release.resolve();
    await ended;
    expect(finished).toBe(1);
    await publisher.publish("member-changes-django", [message("later")]);
    expect(seen.map(({ data }) => data)).toEqual(["in hand"]);
  });

  test("takes nothing for nothing", async () => {
    const { publisher } = await start();
    await expect(publisher.publish("member-conflicts", [])).resolves.toBeUndefined();
    await expect(publisher.publish("member-conflicts", [message("nobody listens")])).resolves.toBeUndefined();
  });
});

describe("the memory bus", () => {
  test("drains: until every message was acknowledged, those that wait for another try too", async () => {
    const bus = new MemoryBus({ minBackoffMs: 5 });
    const attempts = new Map<string, number>();
    bus.consume(DJANGO, async ({ data }) => {
      attempts.set(data, (attempts.get(data) ?? 0) + 1);
      if (data === "0" && attempts.get(data) === 1) await bus.publish("member-apply-django", [message("command")]);
      return (attempts.get(data) ?? 0) < 3 ? "retry" : "ack";
    });
    bus.consume("django-adapter-apply", async ({ data }) => {
      attempts.set(data, 1);
      return "ack";
    });
    await bus.publish(
      "member-changes-django",
      Array.from({ length: 20 }, (_, index) => message(String(index))),
    );
    await bus.drain();
    expect([...attempts.values()].toSorted()).toEqual([1, ...Array.from({ length: 20 }, () => 3)]);
    expect(bus.pending(DJANGO)).toBe(0);
  });

  test("gives up on a message after its attempts, and keeps it among the dead letters with where it came from", async () => {
    const errors: unknown[] = [];
    const bus = new MemoryBus({ minBackoffMs: 1, maxDeliveryAttempts: 3, onError: (error) => errors.push(error) });
    const letters = collector();
    bus.consume(DJANGO, async () => {
      throw new Error("poison");
    });
    bus.consume("reconciler-dead-letters", letters.handler);
    await bus.publish("member-changes-django", [message("poison")]);
    await bus.drain();
    expect(errors).toHaveLength(3);
    expect(letters.seen).toMatchObject([
      {
        data: "poison",
        attributes: {
          schema: "member-change.v1",
          CloudPubSubDeadLetterSourceSubscription: DJANGO,
          CloudPubSubDeadLetterSourceDeliveryCount: "3",
        },
      },
    ]);
  });

  test("is idle though nobody listens to a subscription", async () => {
    const bus = new MemoryBus();
    await bus.publish("member-changes-django", [message("x")]);
    await bus.drain();
    expect(bus.pending(DJANGO)).toBe(1);
  });

  test("refuses a subscription that is not declared, and a second consumer", () => {
    const bus = new MemoryBus();
    bus.consume(DJANGO, async () => "ack");
    expect(() => bus.consume(DJANGO, async () => "ack")).toThrow();
    expect(() => bus.consume("nobody", async () => "ack")).toThrow();
  });
});

test("a broker that never answers costs a publisher its deadline, and is trouble that may pass", { timeout: 20_000 }, async () => {
  const hole = createServer().listen(0, "127.0.0.1");
  await once(hole, "listening");
  const address = hole.address();
  const pubsub = createPubSub({ projectId: "contract", emulatorHost: `127.0.0.1:${typeof address === "object" ? address?.port : 0}` });
  const startedAt = performance.now();
  await expect(new PubSubPublisher(pubsub, { deadlineMs: 500 }).publish("member-changes-django", [message("x")])).rejects.toMatchObject({
    code: "bus_unavailable",
    disposition: "retry",
  });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  await pubsub.close();
  hole.close();
});

describe.skipIf(emulatorHost === undefined)("the topology on the emulator", () => {
  test("is made once, found again, and turned from pull to push", async () => {
    const pubsub = createPubSub({ projectId: `contract-${randomUUID().slice(0, 8)}`, emulatorHost: emulatorHost ?? "" });
    const pushUrls = { tracker: "http://127.0.0.1:1", "django-adapter": "http://127.0.0.1:2", reconciler: "http://127.0.0.1:3" };
    for (const delivery of [{ pushUrls: "pull" }, { pushUrls }] as const) await ensureTopology(pubsub, delivery);
    const [topics] = await pubsub.getTopics();
    expect(topics.map(({ name }) => name.split("/").at(-1)).toSorted()).toEqual(TOPICS.toSorted());
    for (const spec of SUBSCRIPTIONS) {
      const [metadata] = await pubsub.subscription(spec.name).getMetadata();
      expect(metadata).toMatchObject({
        ackDeadlineSeconds: spec.ackDeadlineSeconds,
        pushConfig: { pushEndpoint: `${pushUrls[spec.service]}${spec.path}` },
      });
      expect(metadata.deadLetterPolicy?.maxDeliveryAttempts).toBe(spec.deadLetter?.maxDeliveryAttempts);
    }
    await pubsub.close();
  });
});
