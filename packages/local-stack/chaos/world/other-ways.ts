import { randomUUID } from "node:crypto";
import { createPubSub, PubSubSource } from "@member-sync/shared/bus/pubsub/pubsub-bus.ts";
import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import type { TopicName } from "@member-sync/shared/topology.ts";
import type { World } from "../../e2e/world/world.ts";
import { push } from "./push.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

/** Lets a subscription push to another host, until this is disposed of. */
export async function pushThrough({ stack }: World, name: string, host: string): Promise<AsyncDisposable & { readonly endpoint: string }> {
  const { projectId, host: emulatorHost } = stack.addresses.pubsub;
  await using cleanup = new AsyncDisposableStack();
  const pubsub = createPubSub({ projectId, emulatorHost });
  cleanup.defer(() => pubsub.close());
  const subscription = pubsub.subscription(name);
  const [{ pushConfig }] = await subscription.getMetadata();
  if (!pushConfig?.pushEndpoint) throw new Error(`${name} is not pushed to a service`);
  const endpoint = new URL(new URL(pushConfig.pushEndpoint).pathname, `http://${host}`).href;
  await subscription.modifyPushConfig({ pushEndpoint: endpoint });
  cleanup.defer(async () => void (await subscription.modifyPushConfig(pushConfig)));
  const kept = cleanup.move();
  return { endpoint, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

interface PulledInto extends AsyncDisposable {
  /** Between the one who pulls and the emulator. */
  readonly proxy: TcpProxy;
  /** How often messages with `text` were brought. */
  brought(text: string): number;
}

/** Makes a subscription beside those of the topology, and answers with its name. */
export async function pulled({ stack }: World, topic: TopicName): Promise<string> {
  const { projectId, host } = stack.addresses.pubsub;
  const pubsub = createPubSub({ projectId, emulatorHost: host });
  const name = `pulled-${randomUUID()}`;
  await pubsub.topic(topic).createSubscription(name, { ackDeadlineSeconds: 10 });
  await pubsub.close();
  return name;
}

/** Pulls a subscription as the services pull theirs, and brings its messages to `url`. */
export async function pullInto({ stack }: World, name: string, url: string): Promise<PulledInto> {
  const { projectId, host } = stack.addresses.pubsub;
  await using cleanup = new AsyncDisposableStack();
  const proxy = cleanup.use(await startTcpProxy(host));
  const pubsub = createPubSub({ projectId, emulatorHost: proxy.host });
  cleanup.defer(() => pubsub.close());
  const brought: string[] = [];
  const log = createLogger({ service: "pulled", destination: { write: () => undefined } });
  const source = new PubSubSource({ pubsub, log });
  cleanup.use(
    source.consume(name, async ({ data, attributes }) => {
      brought.push(data);
      return (await push(url, { data, attributes })) === 204 ? "ack" : "retry";
    }),
  );
  const kept = cleanup.move();
  return {
    proxy,
    brought: (text) => brought.filter((data) => data.includes(text)).length,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
