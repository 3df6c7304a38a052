import { email, text } from "@member-sync/shared/member/codecs.ts";
import { defineFieldMap, field, group } from "@member-sync/shared/member/field-map.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { GroupValue } from "@member-sync/shared/member/member-record.ts";

/** What a simulated member consists of: plain text, a value that has equals (e-mail), and one of several fields. */
const OLDER = { name: field("profile.name", text({ max: 250 })), email: field("profile.email", email()) };
export const FIELD_MAP = defineFieldMap({
  ...OLDER,
  address: group({ street: ["address.street", text()], city: ["address.city", text()] }),
});

/** Two versions of the services: the older ones do not map the address, which both sides may hold all the same. */
export const MAPS = { older: defineFieldMap(OLDER), newer: FIELD_MAP } as const;
export type MapVersion = keyof typeof MAPS;

export const GROUPS = ["name", "email", "address"] as const;
export type GroupName = (typeof GROUPS)[number];

export const NOT_STEERABLE = ["metadata", "membership", "profile.kennitala"];
export const REF_KEY = "0123456789abcdef";

export const KENNITALAS: readonly string[] = Array.from(
  { length: 20 },
  (_, at) => `${String(at + 1).padStart(2, "0")}0130${2000 + at}`.slice(0, 9) + "9",
);
export const REFS: readonly string[] = KENNITALAS.map((kennitala) => memberRefOf(REF_KEY, kennitala));
const PLACE_OF_REF: ReadonlyMap<string, number> = new Map(REFS.map((ref, at) => [ref, at]));
const PLACE_OF_KENNITALA: ReadonlyMap<string, number> = new Map(KENNITALAS.map((kennitala, at) => [kennitala, at]));

/** A member's place among the members, by reference or kennitala; -1 for a stranger. */
export function placeOf(key: string): number {
  return PLACE_OF_REF.get(key) ?? PLACE_OF_KENNITALA.get(key) ?? -1;
}

/** Django takes no value with this mark in it. */
export const REFUSED_MARK = "!";
/** Django changes a value with this mark in it, once, as it stores it. */
export const REWRITTEN_MARK = "?";

/** The value that stands for one edit: unique, so that wherever it turns up, it tells whose edit it is. */
export function valueOf(name: string, id: string): GroupValue {
  if (name === "email") return `E${id}@dæmi.is`;
  return name === "address" ? { street: `Gata ${id}`, city: `Bær ${id}` } : `Nafn ${id}`;
}

/** By what a value is known again, however a side writes it. */
export function keyOf(value: GroupValue | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "object") return String(value["street"] ?? value["city"] ?? "").toLowerCase();
  return String(value).toLowerCase();
}
