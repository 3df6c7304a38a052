import type { IncomingMessage, ServerResponse } from "node:http";

/** What befalls the next requests whose path contains `path` and that `when` likes. */
export type Fault = { readonly path: string; readonly times: number; readonly when?: (request: Arrival) => boolean } & (
  | { readonly kind: "reply-lost" }
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** The length that is announced, where it is not the body's: then the connection ends in its middle. */
      readonly announced?: number;
    }
  /** Django never sees the request; `answer` makes a 200 out of its body. */
  | { readonly kind: "fabricated"; readonly answer: (request: string) => string }
  | { readonly kind: "held"; readonly forMs: number }
  /** Never answered. */
  | { readonly kind: "hung" }
  /** Django sees another request than was sent, or the asker another answer than was given. */
  | {
      readonly kind: "changed";
      readonly request?: (request: string) => string;
      readonly answer?: (answer: string, request: string) => string;
    }
  /** Something happens first, and Django sees the request after that. */
  | { readonly kind: "preceded"; readonly by: (request: string) => Promise<void> }
  /** A 200 whose body has so many bytes. */
  | { readonly kind: "poured"; readonly bytes: number; readonly type: string }
);

/** A request as it arrived. `endedAt` is set when it was answered in full, or its connection was gone. */
export interface Arrival {
  readonly path: string;
  readonly at: number;
  readonly authorization: string;
  /** Empty until it has been read. */
  body: string;
  endedAt: number | undefined;
}

/** Most of them that were under way at one time. */
export function mostAtOnce(arrivals: readonly Arrival[]): number {
  const steps = arrivals.flatMap(({ at, endedAt = Infinity }) => [
    { at, change: 1 },
    { at: endedAt, change: -1 },
  ]);
  let now = 0;
  let most = 0;
  for (const { change } of steps.toSorted((a, b) => a.at - b.at || a.change - b.change)) most = Math.max(most, (now += change));
  return most;
}

const CHUNK = Buffer.alloc(64 * 1024, "x");

/** Sends so many bytes, as fast as they are taken; ends early when nobody takes them any more. */
export function pour(response: ServerResponse, bytes: number): void {
  let left = bytes;
  const more = () => {
    while (!response.destroyed && left > 0) {
      left -= CHUNK.length;
      if (!response.write(CHUNK)) return void response.once("drain", more);
    }
    response.end();
    return undefined;
  };
  more();
}

/** Times in an answer of Django's, as another clock would have written them. */
export function shiftTimes(answer: string, byMs: number): string {
  if (byMs === 0) return answer;
  return answer.replaceAll(
    /"(created_at|changed_at|oldest_pending|now)":"(\d{4}-[^"]+?)(\d{3})Z"/g,
    (_, name: string, upToMilliseconds: string, micros: string) =>
      `"${name}":"${new Date(Date.parse(`${upToMilliseconds}Z`) + byMs).toISOString().slice(0, -1)}${micros}Z"`,
  );
}

export async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
