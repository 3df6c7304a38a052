import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { Tape } from "./tape.ts";

/** Groups that people edit here. */
export const EDITED = ["name", "email", "phone", "birthday", "facebook", "address"] as const;
export type EditedGroup = (typeof EDITED)[number];

/** A change of one group, in canonical form and as each side takes it. */
export interface NewValue {
  readonly group: EditedGroup;
  readonly value: GroupValue;
  readonly forDjango: Readonly<Record<string, unknown>>;
  readonly forPortal: Readonly<Record<string, unknown>>;
}

const CLEARS = 0.06;
const DAY_MS = 86_400_000;
/** Dates go by day from here; 40 years of them. */
const FIRST_BIRTHDAY = Date.parse("1930-01-01T00:00:00Z");
const BIRTHDAYS = 32_000;
const CITIES = ["Reykjavík", "Höfn", "Þórshöfn", "Ísafjörður"] as const;

/**
 * Values that nobody gives twice, so that each can be followed by itself; a name is never cleared. Two sources need two
 * numbers to begin at.
 */
export function newValues(tape: Tape, from = 0): (group: EditedGroup) => NewValue {
  let given = from;
  return (group) => {
    given += 1;
    if (group !== "name" && tape.chance(CLEARS)) return shaped(group, null);
    return shaped(group, valueOf(group, given, tape));
  };
}

function valueOf(group: EditedGroup, number: number, tape: Tape): GroupValue {
  switch (group) {
    case "name":
      return `Ásdís Þöll ${number}`;
    case "email":
      return `e${number}@example.is`;
    case "phone":
      return String(6_000_000 + (number % 999_999));
    case "birthday":
      return new Date(FIRST_BIRTHDAY + (number % BIRTHDAYS) * DAY_MS).toISOString().slice(0, 10);
    case "facebook":
      return `fb.${number}`;
    case "address":
      return { street: `Ægisgata ${number}`, postal_code: String(100 + tape.below(800)), city: tape.pick(CITIES) };
  }
}

function shaped(group: EditedGroup, value: GroupValue): NewValue {
  switch (group) {
    case "address": {
      const parts = value ?? { street: null, postal_code: null, city: null };
      return { group, value, forDjango: { address: parts }, forPortal: { address: parts } };
    }
    case "name":
    case "birthday":
      return { group, value, forDjango: { [group]: value }, forPortal: { [`profile.${group}`]: value } };
    case "email":
    case "phone":
    case "facebook":
      return { group, value, forDjango: { contact_info: { [group]: value } }, forPortal: { [`profile.${group}`]: value } };
  }
}
