import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { DOCUMENT_EVENT_PROTO } from "@member-sync/shared/firestore/document-event-proto.ts";
import protobuf from "protobufjs";
import type { DocumentChange, Snapshot, Writer } from "../../app/ports.ts";
import { fromFields, isPlain, nanosOf, type Plain } from "./from-value.ts";

const documentEvent = protobuf.parse(DOCUMENT_EVENT_PROTO, { keepCase: true }).root.lookupType("DocumentEvent");

/** A document above it is not a member of anybody's. Firestore's own limit is 1 MiB. */
const MAX_DOCUMENT_BYTES = 512 * 1024;
/**
 * An event above it is no event of Firestore's, and reading it would only cost. What the document held before may be as
 * large as Firestore allows: a document that is made small again is a member's again.
 */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;
const VALUE_FIELD = 1;

/** Headers or attributes of a CloudEvent, by lower-case name (`ce-time`, `ce-authtype`). */
export type EventAttributes = Readonly<Record<string, string | undefined>>;

/**
 * Reads Firestore's event (CloudEvents binary mode) as a neutral change. Accepts the body as bytes, which
 * production sends, and in base64 once or twice over, which the emulator and a relay behind it send.
 *
 * @throws SyncError `message_malformed` for what can never be read
 */
export function decodeDocumentEvent(body: Uint8Array, attributes: EventAttributes): DocumentChange {
  const bytes = unwrapBase64(body);
  if (bytes.length > MAX_EVENT_BYTES) throw oversized(bytes.length);
  const valueBytes = sizeOfValue(bytes);
  if (valueBytes > MAX_DOCUMENT_BYTES) throw oversized(valueBytes);
  const event = parse(bytes);
  const after = documentOf(event["value"]);
  const before = documentOf(event["before"]);
  const name = after?.name ?? before?.name;
  if (name === undefined) throw new SyncError("message_malformed", { reason: "the event has no document" });
  return {
    kennitala: documentId(name),
    ...(before === undefined ? {} : { before: before.snapshot }),
    ...(after === undefined ? {} : { after: after.snapshot }),
    eventTime: eventTime(attributes["ce-time"]),
    actor: writerOf(attributes),
  };
}

/** A protobuf of ours begins with a control character, base64 text never does. */
export function unwrapBase64(body: Uint8Array): Uint8Array {
  let bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  for (let layer = 0; layer < 2 && isBase64(bytes); layer += 1) bytes = Buffer.from(bytes.toString("latin1"), "base64");
  return bytes;
}

function isBase64(bytes: Buffer): boolean {
  return bytes.length > 0 && /^[A-Za-z0-9+/_-]+={0,2}\s*$/.test(bytes.toString("latin1"));
}

/** What the document takes now, told without reading it. What cannot be told fails where it is read. */
function sizeOfValue(bytes: Uint8Array): number {
  try {
    const reader = protobuf.Reader.create(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      const start = reader.pos;
      reader.skipType(tag & 7);
      if (tag >>> 3 === VALUE_FIELD) return reader.pos - start;
    }
  } catch {
    return 0;
  }
  return 0;
}

function parse(bytes: Uint8Array): Plain {
  try {
    const plain: unknown = documentEvent.toObject(documentEvent.decode(bytes), { longs: String });
    return isPlain(plain) ? plain : {};
  } catch (cause) {
    throw new SyncError("message_malformed", { reason: "the body is not a document event" }, { cause });
  }
}

function documentOf(raw: unknown): { readonly name: string; readonly snapshot: Snapshot } | undefined {
  if (!isPlain(raw)) return undefined;
  const name = raw["name"];
  if (typeof name !== "string") throw new SyncError("message_malformed", { reason: "the document has no name" });
  const created = raw["created"] === undefined ? {} : { created: String(nanosOf(raw["created"])) };
  return { name, snapshot: { data: fromFields(raw["fields"]), revision: String(nanosOf(raw["updated"])), ...created } };
}

function documentId(name: string): string {
  const path = name.slice(name.indexOf("/documents/") + "/documents/".length).split("/");
  const id = path[1];
  if (!name.includes("/documents/") || path.length !== 2 || path[0] !== "members" || id === undefined) {
    throw new SyncError("kennitala_invalid", { reason: "the document is not in the members collection" });
  }
  return id;
}

function eventTime(raw: string | undefined): string {
  const match = /^(.*T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/.exec(raw ?? "");
  if (match === null) return "0";
  const seconds = Date.parse(`${match[1]}${match[3]}`) / 1000;
  if (!Number.isFinite(seconds) || seconds < 0) return "0";
  return String(BigInt(seconds) * 1_000_000_000n + BigInt((match[2] ?? "").padEnd(9, "0")));
}

function writerOf(attributes: EventAttributes): Writer {
  return { authType: attributes["ce-authtype"] ?? null, authId: attributes["ce-authid"] ?? null };
}

function oversized(bytes: number): SyncError {
  return new SyncError("message_malformed", { reason: "the document is too large for a member", oversized: true, bytes });
}
