import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** An event as it arrived: the body untouched, and its CloudEvents headers as attributes. */
export interface RelayedEvent {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Stands for Eventarc: takes the emulator's events, keeps each until Pub/Sub has it. */
export interface EventRelay extends AsyncDisposable {
  readonly port: number;
  /** How many events Pub/Sub does not have yet. */
  pending(): number;
  /** Whether an event of that trigger has arrived. */
  hasSeen(triggerId: string): boolean;
}

export interface EventRelayOptions {
  readonly port: number;
  readonly host?: string;
  /** Publishes a group; a rejection means that the whole group is tried again. */
  publish(events: readonly RelayedEvent[]): Promise<void>;
  /** Only this trigger's events are passed on; others are merely seen. */
  readonly triggerId: string;
  onTrouble(error: unknown): void;
}

const GROUP = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Starts the relay. The emulator never tries a failed delivery again and waits for each answer before it sends the next
 * event, so the answer is always 204, at once; the events gather while a publish is under way.
 */
export async function startEventRelay(options: EventRelayOptions): Promise<EventRelay> {
  const queue: RelayedEvent[] = [];
  const seen = new Set<string>();
  const over = new AbortController();
  let pumping: Promise<void> | undefined;

  const pump = async () => {
    let pauseMs = 50;
    while (queue.length > 0 && !over.signal.aborted) {
      const group = queue.slice(0, GROUP);
      try {
        await options.publish(group);
        queue.splice(0, group.length);
        pauseMs = 50;
      } catch (error) {
        options.onTrouble(error);
        await delay(pauseMs, undefined, { signal: over.signal }).catch(() => {});
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  };
  const startPump = () => {
    pumping ??= pump().finally(() => {
      pumping = undefined;
      if (queue.length > 0 && !over.signal.aborted) startPump();
    });
  };
  const take = (triggerId: string, event: RelayedEvent) => {
    seen.add(triggerId);
    if (triggerId !== options.triggerId) return;
    queue.push(event);
    startPump();
  };

  const server = createServer((request, response) => {
    void readBody(request).then(
      (data) => {
        take((request.url ?? "").split("/").at(-1) ?? "", { data, attributes: attributesOf(request.headers) });
        response.writeHead(204).end();
      },
      () => response.destroy(),
    );
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host ?? "127.0.0.1", resolve);
  });
  return {
    port: options.port,
    pending: () => queue.length,
    hasSeen: (triggerId) => seen.has(triggerId),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      over.abort();
      await pumping;
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function attributesOf(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string" && (name.startsWith("ce-") || name === "content-type")) attributes[name] = value;
  }
  return attributes;
}
