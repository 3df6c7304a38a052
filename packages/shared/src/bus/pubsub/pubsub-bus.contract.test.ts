import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttp2Server } from "node:http2";
import { createServer } from "node:net";
import { fastify } from "fastify";
import { describe, expect, test } from "vitest";
import { noVerification } from "../../http/push-auth.ts";
import { registerPush } from "../../http/push.ts";
import { listen } from "../../http/server.ts";
import { createLogger } from "../../runtime/logging.ts";
import { SUBSCRIPTIONS, TOPICS } from "../../topology.ts";
import { collector, message } from "../collector.fixture.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { createPubSub, PubSubPublisher, PubSubSource } from "./pubsub-bus.ts";

const emulatorHost = process.env["PUBSUB_EMULATOR_HOST"];
if (emulatorHost === undefined) console.info("Pub/Sub is tried against a black hole only: PUBSUB_EMULATOR_HOST is not set");

const DJANGO = "reconciler-changes-django";
const createProject = () => createPubSub({ projectId: `contract-${randomUUID().slice(0, 8)}`, emulatorHost: emulatorHost ?? "" });

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

test("a connection that breaks under a publish costs it one more try", { timeout: 20_000 }, async () => {
  await using cleanup = new AsyncDisposableStack();
  let tries = 0;
  const server = createHttp2Server().on("stream", (stream) => {
    tries += 1;
    stream.on("error", () => stream.destroy());
    if (tries === 1) return void stream.session?.socket.resetAndDestroy();
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    return void stream.end(Buffer.from([0, 0, 0, 0, 3, 0x0a, 1, 0x31])); // one message id: "1"
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup.defer(() => void server.close());
  const address = server.address();
  const pubsub = createPubSub({ projectId: "contract", emulatorHost: `127.0.0.1:${typeof address === "object" ? address?.port : 0}` });
  cleanup.defer(() => pubsub.close());
  const startedAt = performance.now();
  await new PubSubPublisher(pubsub).publish("member-changes-django", [message("x")]);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(tries).toBe(2);
});

describe.skipIf(emulatorHost === undefined)("streaming pull on the emulator", () => {
  test("begins by itself when its subscription comes to be", { timeout: 20_000 }, async () => {
    const pubsub = createProject();
    const broke = Promise.withResolvers<void>();
    const log = createLogger({ service: "contract", destination: { write: () => broke.resolve() } });
    const { seen, handler, until } = collector();
    const consumer = new PubSubSource({ pubsub, log }).consume(DJANGO, handler);
    await broke.promise;
    await ensureTopology(pubsub, { delivery: "pull" });
    await new PubSubPublisher(pubsub).publish("member-changes-django", [message("late")]);
    await until(() => seen.length === 1);
    await consumer[Symbol.asyncDispose]();
    await pubsub.close();
  });
});

describe.skipIf(emulatorHost === undefined)("push on the emulator", () => {
  test("reaches the endpoint, and comes again until it is acknowledged", { timeout: 20_000 }, async () => {
    const app = fastify();
    const { seen, handler, until } = collector(async () => (seen.length < 3 ? "retry" : "ack"));
    const log = createLogger({ service: "contract", destination: { write: () => undefined } });
    registerPush(app, { path: "/pubsub/changes", handler, verify: noVerification(), log });
    const url = await listen(app, { host: "127.0.0.1", port: 0 });
    const pubsub = createProject();
    await ensureTopology(pubsub, { delivery: "push", pushUrls: { tracker: url, "django-adapter": url, reconciler: url } });
    await new PubSubPublisher(pubsub).publish("member-changes-django", [message("Þórður")]);
    await until(() => seen.length === 3);
    expect(seen[0]).toMatchObject({ data: "Þórður", attributes: { schema: "member-change.v1" }, subscription: DJANGO });
    expect(new Set(seen.map(({ messageId }) => messageId)).size).toBe(1);
    await pubsub.subscription(DJANGO).delete();
    await pubsub.close();
    await app.close();
  });
});

describe.skipIf(emulatorHost === undefined)("the topology on the emulator", () => {
  test("is made once, found again, and turned from pull to push", async () => {
    const pubsub = createProject();
    const pushUrls = { tracker: "http://127.0.0.1:1", "django-adapter": "http://127.0.0.1:2", reconciler: "http://127.0.0.1:3" };
    for (const delivery of [{ delivery: "pull" }, { delivery: "push", pushUrls }] as const) await ensureTopology(pubsub, delivery);
    const [topics] = await pubsub.getTopics();
    expect(topics.map(({ name }) => name.split("/").at(-1)).toSorted()).toEqual(TOPICS.toSorted());
    for (const spec of SUBSCRIPTIONS) {
      const [metadata] = await pubsub.subscription(spec.name).getMetadata();
      expect(metadata).toMatchObject({
        ackDeadlineSeconds: spec.ackDeadlineSeconds,
        pushConfig: { pushEndpoint: `${pushUrls[spec.service]}${spec.path}` },
      });
      expect([metadata.retryPolicy ?? null, metadata.deadLetterPolicy ?? null]).toEqual([null, null]);
    }
    await pubsub.close();
  });
});
