import { createHash } from "node:crypto";
import type { FieldMap, GroupMap } from "./field-map.ts";
import type { GroupName } from "./member-record.ts";

/**
 * What a program's field map has, group by group: equal signatures read a document alike. Two versions of the services
 * run side by side during a deployment; a group that one of them does not have, or has with other fields, is unknown to
 * it and not absent.
 */
export type FieldMapSignature = Readonly<Record<GroupName, string>>;

/** The signature of a field map: one short hash for each group, made of the paths of its fields. */
export function signatureOf(map: FieldMap): FieldMapSignature {
  return Object.fromEntries(Object.entries(map.groups).map(([name, each]) => [name, shortHash(textOf(each))]));
}

/** One hash for the whole map: the message attribute `map`. */
export function hashOfFieldMap(signature: FieldMapSignature): string {
  const groups = Object.entries(signature).sort(([a], [b]) => (a < b ? -1 : 1));
  return shortHash(JSON.stringify(groups));
}

/** Groups that this program maps and the producer does not, or maps with other fields. */
export function unknownToProducer(own: FieldMapSignature, producer: FieldMapSignature): readonly GroupName[] {
  return Object.keys(own).filter((group) => own[group] !== producer[group]);
}

/** Groups that the producer maps and this program does not know: the message needs a newer version of this program. */
export function unknownToConsumer(own: FieldMapSignature, producer: FieldMapSignature): readonly GroupName[] {
  return Object.keys(producer).filter((group) => !Object.hasOwn(own, group));
}

function textOf({ parts, single }: GroupMap): string {
  const fields = parts.map(([key, { path }]) => [key, path]).sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  return JSON.stringify([single, fields]);
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 12);
}
