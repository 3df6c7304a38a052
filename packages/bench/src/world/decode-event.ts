import { DOCUMENT_EVENT_PROTO } from "@member-sync/shared/firestore/document-event-proto.ts";
import protobuf from "protobufjs";
import { z } from "zod";

const documentEvent = protobuf.parse(DOCUMENT_EVENT_PROTO, { keepCase: true }).root.lookupType("DocumentEvent");

const timestamp = z.object({ seconds: z.string().default("0"), nanos: z.number().default(0) });
const event = z.object({
  value: z.object({ name: z.string(), fields: z.record(z.string(), z.unknown()), updated: timestamp }),
});

/** What a reader that checks nothing takes from an event. */
export interface ReadEvent {
  readonly kennitala: string;
  /** Nanoseconds, as member-sync's revisions are. */
  readonly revision: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Reads an event of `documentEventOf` for the arms that are not member-sync. */
export function readEvent(body: Buffer): ReadEvent {
  const bytes = Buffer.from(body.toString("latin1"), "base64");
  const { value } = event.parse(documentEvent.toObject(documentEvent.decode(bytes), { longs: String }));
  return {
    kennitala: value.name.slice(value.name.lastIndexOf("/") + 1),
    revision: `${value.updated.seconds}${String(value.updated.nanos).padStart(9, "0")}`,
    fields: plainFields(value.fields),
  };
}

function plainFields(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return null;
  if ("map" in value) return isFields(value.map) && isFields(value.map["fields"]) ? plainFields(value.map["fields"]) : {};
  const [held] = Object.entries(value);
  return held === undefined || held[0] === "null" ? null : held[1];
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
