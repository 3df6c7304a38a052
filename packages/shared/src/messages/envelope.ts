import { randomUUID } from "node:crypto";
import { z } from "zod";
import { hashOfFieldMap, type FieldMapSignature } from "../member/field-map-signature.ts";
import type { Side } from "../member/side.ts";
import { applyCommand, type ApplyCommand } from "./apply-command.ts";
import type { IncomingMessage, OutgoingMessage } from "./message.ts";
import { observation, side, type Observation } from "./observation.ts";
import { describeIssues } from "./describe-issues.ts";
import { quickSchemas } from "./quick-schemas.ts";

/** A message is an envelope of 1 to 250 items, at most 1 MB. */
export const MAX_ITEMS = 250;
export const MAX_BYTES = 1_000_000;

/** Room for what stands around the items. */
const HEAD_BYTES = 500;

const itemSchemas = { "member-change.v1": observation, "member-apply.v1": applyCommand } as const;

/** The message formats that this version speaks. A format changes by adding a version. */
export type EnvelopeSchema = keyof typeof itemSchemas;
export type ItemOf<S extends EnvelopeSchema> = S extends "member-change.v1" ? Observation : ApplyCommand;

const envelopeShape = z.strictObject({
  schema: z.string(),
  envelopeId: z.string().min(1).max(100),
  side,
  fieldMap: z.record(z.string().max(100), z.string().max(40)).optional(),
  items: z.array(z.unknown()).min(1).max(MAX_ITEMS),
});

/** An item or a whole message that can never be processed, with the reason; `text` is what arrived. */
export interface Unreadable {
  readonly cause: "malformed" | "unknown-version" | "oversized" | "invalid-item";
  readonly reason: string;
  readonly text: string;
}

/** An envelope as read: the items that hold, and apart from them those that do not. One item never fails another. */
export interface ReadEnvelope<Item> {
  readonly envelopeId: string;
  readonly side: Side | undefined;
  /** The producer's field map, where the envelope names it: a signature for each group. */
  readonly fieldMap?: FieldMapSignature;
  readonly items: readonly Item[];
  readonly unreadable: readonly Unreadable[];
}

/**
 * Packs items into as few messages as the limits allow, in order. An item that alone is over the limit travels alone:
 * its consumer dead-letters it, where somebody sees it.
 *
 * @param fieldMap the producer's field map, which tells the consumer what the producer could not have read
 */
export function packEnvelopes<S extends EnvelopeSchema>(
  schema: S,
  itemSide: Side,
  items: readonly ItemOf<S>[],
  fieldMap?: FieldMapSignature,
): readonly OutgoingMessage[] {
  const messages: OutgoingMessage[] = [];
  const headBytes = HEAD_BYTES + (fieldMap === undefined ? 0 : Buffer.byteLength(JSON.stringify(fieldMap)));
  let texts: string[] = [];
  let bytes = 0;
  const close = () => {
    if (texts.length > 0) messages.push(sealEnvelope(schema, { side: itemSide, envelopeId: randomUUID(), fieldMap }, texts));
    texts = [];
    bytes = 0;
  };
  for (const item of items) {
    const text = JSON.stringify(item);
    const size = Buffer.byteLength(text) + 1;
    if (texts.length === MAX_ITEMS || bytes + size > MAX_BYTES - headBytes) close();
    texts.push(text);
    bytes += size;
  }
  close();
  return messages;
}

/** What stands around the items of one message. */
export interface EnvelopeHead {
  readonly side: Side;
  readonly envelopeId: string;
  readonly fieldMap?: FieldMapSignature | undefined;
}

/** One message of items that are JSON text already. */
export function sealEnvelope(schema: EnvelopeSchema, head: EnvelopeHead, texts: readonly string[]): OutgoingMessage {
  const { side: itemSide, envelopeId, fieldMap } = head;
  const text = JSON.stringify({ schema, envelopeId, side: itemSide, ...(fieldMap && { fieldMap }) }).slice(0, -1);
  const map = fieldMap === undefined ? {} : { map: hashOfFieldMap(fieldMap) };
  return {
    data: `${text},"items":[${texts.join(",")}]}`,
    attributes: { schema, side: itemSide, envelopeId, items: String(texts.length), ...map },
  };
}

/** Reads a message that should be an envelope of `schema`. Never throws: what cannot be read is returned as such. */
export function readEnvelope<S extends EnvelopeSchema>(schema: S, message: IncomingMessage): ReadEnvelope<ItemOf<S>>;
export function readEnvelope(schema: EnvelopeSchema, message: IncomingMessage): ReadEnvelope<Observation | ApplyCommand> {
  const whole = (cause: Unreadable["cause"], reason: string) => ({
    envelopeId: message.attributes["envelopeId"] ?? message.messageId,
    side: undefined,
    items: [],
    unreadable: [{ cause, reason, text: message.data }],
  });
  if (Buffer.byteLength(message.data) > MAX_BYTES) return whole("oversized", `over ${MAX_BYTES} bytes`);
  const json = parseJson(message.data);
  if (json === undefined) return whole("malformed", "the data is not JSON");
  const announced = announcedSchema(json) ?? message.attributes["schema"];
  if (announced !== schema) return whole("unknown-version", `schema ${schemaName(announced)}, this consumer reads ${schema}`);
  const shape = envelopeShape.safeParse(json);
  if (!shape.success) return whole("malformed", describeIssues(shape.error));
  const { side: itemSide, envelopeId, fieldMap } = shape.data;
  const sorted = sortItems(schema, itemSide, shape.data.items);
  if (sorted === undefined) return whole("malformed", "an item is nested too deeply");
  return { ...sorted, envelopeId, side: itemSide, ...(fieldMap && { fieldMap }) };
}

/** `undefined` when a bad item is nested so deeply that its own text cannot be given. */
function sortItems(schema: EnvelopeSchema, itemSide: Side, raw: readonly unknown[]) {
  const items: (Observation | ApplyCommand)[] = [];
  const unreadable: Unreadable[] = [];
  for (const candidate of raw) {
    const quick = quickSchemas[schema].safeParse(candidate);
    const parsed = quick.success ? quick : itemSchemas[schema].safeParse(candidate);
    if (parsed.success && parsed.data.side === itemSide) items.push(parsed.data);
    else {
      const reason = parsed.success ? "the item is of another side than its envelope" : describeIssues(parsed.error);
      const text = textOf(candidate);
      if (text === undefined) return undefined;
      unreadable.push({ cause: "invalid-item", reason, text });
    }
  }
  return { items, unreadable };
}

/** JSON.parse takes any depth; JSON.stringify recurses and runs out of stack. */
function textOf(candidate: unknown): string | undefined {
  try {
    return JSON.stringify(candidate);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function announcedSchema(json: unknown): string | undefined {
  if (typeof json !== "object" || json === null || !("schema" in json)) return undefined;
  return typeof json.schema === "string" ? json.schema : undefined;
}

function schemaName(announced: string | undefined): string {
  if (announced === undefined) return "missing";
  return /^[a-z][a-z0-9.-]{0,59}$/.test(announced) ? announced : "unnamed";
}
