import { randomUUID } from "node:crypto";
import { Timestamp, type DocumentData } from "@google-cloud/firestore";
import { DOCUMENT_EVENT_PROTO } from "@member-sync/shared/firestore/document-event-proto.ts";
import protobuf from "protobufjs";

const documentEvent = protobuf.parse(DOCUMENT_EVENT_PROTO, { keepCase: true }).root.lookupType("DocumentEvent");

/** A document as it stood after a commit. */
export interface Standing {
  /** `members/…`. */
  readonly path: string;
  readonly fields: DocumentData;
  readonly created: Timestamp;
  readonly updated: Timestamp;
}

/** A CloudEvent in binary mode, as the Firestore emulator sends it for a write by the portal's user. */
export interface DocumentEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The event of a write that left a document `after` where `before` had stood. The emulator sends the protobuf in base64. */
export function documentEventOf(projectId: string, before: Standing, after: Standing, paths: readonly string[]): DocumentEvent {
  const database = `projects/${projectId}/databases/(default)`;
  const message = { value: document(database, after), before: document(database, before), mask: { paths: [...paths] } };
  const bytes = documentEvent.encode(documentEvent.fromObject(message)).finish();
  return {
    headers: {
      "content-type": "application/protobuf",
      "ce-id": randomUUID(),
      "ce-specversion": "1.0",
      "ce-type": "google.cloud.firestore.document.v1.written.withAuthContext",
      "ce-source": `//firestore.googleapis.com/${database}`,
      "ce-subject": `documents/${after.path}`,
      "ce-document": after.path,
      "ce-database": "(default)",
      "ce-namespace": "(default)",
      "ce-time": `${new Date(after.updated.seconds * 1000).toISOString().slice(0, 19)}Z`,
      "ce-authtype": "app_user",
      "ce-authid": "portal-user",
    },
    body: Buffer.from(Buffer.from(bytes).toString("base64")),
  };
}

function document(database: string, { path, fields, created, updated }: Standing): object {
  return { name: `${database}/documents/${path}`, fields: fieldsOf(fields), created: timestamp(created), updated: timestamp(updated) };
}

function fieldsOf(fields: DocumentData): object {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, valueOf(value)]));
}

function valueOf(value: unknown): object {
  if (value === null || value === undefined) return { null: 0 };
  if (value instanceof Timestamp) return { timestamp: timestamp(value) };
  if (Array.isArray(value)) return { array: { values: value.map(valueOf) } };
  if (typeof value === "string") return { string: value };
  if (typeof value === "boolean") return { boolean: value };
  if (typeof value === "number") return Number.isInteger(value) ? { integer: value } : { double: value };
  if (typeof value === "object") return { map: { fields: fieldsOf(value) } };
  throw new TypeError(`a member's document holds no ${typeof value}`);
}

function timestamp({ seconds, nanoseconds }: Timestamp): object {
  return { seconds, nanos: nanoseconds };
}
