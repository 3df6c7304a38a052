import type { Piece } from "./http2-frames.ts";

/** What to do about the next request whose content has a text in it. */
export interface Watch {
  readonly text: Buffer;
  /** How many requests it is for, still. */
  left: number;
  /** The request is at hand, and has not been passed on. */
  atRequest?(connection: Connection): unknown;
  /** The server has answered it, and the answer has not been passed on. */
  atAnswer?(connection: Connection): unknown;
}

/** What a watch may do to the connection that its request came by. */
export interface Connection {
  /** Keeps everything back that goes towards the server; the function that it returns lets it go. */
  holdRequests(): () => void;
  holdAnswers(): () => void;
  /** Breaks the connection, at both ends. */
  cut(): void;
}

/** Longest text that is found where it begins in one frame and ends in a later one. */
const TAIL_BYTES = 1_024;

/** Follows the requests of one connection, and tells the watches when one of theirs comes and when it is answered. */
export function followRequests(watches: ReadonlySet<Watch>, connection: Connection) {
  const tails = new Map<number, Buffer>();
  const awaited = new Map<number, readonly Watch[]>();
  return {
    towardsServer({ stream, content, isLast }: Piece): void {
      if (content === undefined) return;
      const seen = Buffer.concat([tails.get(stream) ?? Buffer.alloc(0), content]);
      const before = awaited.get(stream) ?? [];
      const found = [...watches].filter((watch) => watch.left > 0 && !before.includes(watch) && seen.includes(watch.text));
      for (const watch of found) {
        watch.left -= 1;
        watch.atRequest?.(connection);
      }
      if (found.length > 0) awaited.set(stream, [...before, ...found]);
      if (isLast) tails.delete(stream);
      else tails.set(stream, seen.subarray(-TAIL_BYTES));
    },
    towardsClient({ stream, content, isLast }: Piece): void {
      const answered = awaited.get(stream);
      if (answered === undefined || ((content?.length ?? 0) === 0 && !isLast)) return;
      awaited.delete(stream);
      for (const watch of answered) watch.atAnswer?.(connection);
    },
  };
}
