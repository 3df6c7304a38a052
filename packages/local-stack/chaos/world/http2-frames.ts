/** A part of what a connection carries that is passed on whole: a frame of HTTP/2, or a chunk of HTTP/1. */
export interface Piece {
  readonly bytes: Buffer;
  /** The request that it belongs to; 0 is the connection itself, and everything in HTTP/1. */
  readonly stream: number;
  /** What may be searched for a text: content, never headers (they may be packed by Huffman's code). */
  readonly content: Buffer | undefined;
  /** Nothing more of this stream comes from this end. */
  readonly isLast: boolean;
}

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
const HEADER_BYTES = 9;
const DATA = 0;
const HEADERS = 1;
const END_STREAM = 1;
const NOTHING = Buffer.alloc(0);

/** Cuts one direction of a connection into pieces; whatever is not whole yet waits for the next chunk. */
export function pieceReader(): (chunk: Buffer) => readonly Piece[] {
  let isFrames: boolean | undefined;
  let rest: Buffer = NOTHING;
  return (chunk) => {
    isFrames ??= !/^(?:HTTP\/1|[A-Z]+ [/h])/.test(chunk.subarray(0, 12).toString("latin1"));
    if (!isFrames) return [{ bytes: chunk, stream: 0, content: chunk, isLast: false }];
    rest = Buffer.concat([rest, chunk]);
    const pieces: Piece[] = [];
    for (let size = sizeOfNext(rest); size !== undefined; size = sizeOfNext(rest)) {
      pieces.push(pieceOf(rest.subarray(0, size)));
      rest = rest.subarray(size);
    }
    return pieces;
  };
}

function sizeOfNext(bytes: Buffer): number | undefined {
  const size = bytes.subarray(0, 3).toString("latin1") === "PRI" ? PREFACE.length : sizeOfFrame(bytes);
  return size !== undefined && bytes.length >= size ? size : undefined;
}

function sizeOfFrame(bytes: Buffer): number | undefined {
  return bytes.length < HEADER_BYTES ? undefined : HEADER_BYTES + bytes.readUIntBE(0, 3);
}

function pieceOf(bytes: Buffer): Piece {
  if (bytes.subarray(0, PREFACE.length).equals(PREFACE)) return { bytes, stream: 0, content: undefined, isLast: false };
  const type = bytes.readUInt8(3);
  return {
    bytes,
    stream: bytes.readUInt32BE(5) % 2 ** 31,
    content: type === DATA ? bytes.subarray(HEADER_BYTES) : undefined,
    isLast: (type === DATA || type === HEADERS) && bytes.readUInt8(4) % 2 === END_STREAM,
  };
}
