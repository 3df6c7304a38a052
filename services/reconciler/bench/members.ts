import type { GroupName, GroupValue, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import { memberRefOf, type MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import { observationId, type Observation } from "@member-sync/shared/messages/observation.ts";

/** 1 June 2026, noon. */
export const NOON = Date.UTC(2026, 5, 1, 12);

const FIRST_NAMES = ["Anna", "Guðrún", "Jón", "Sigurður", "Kristín", "Ólafur", "Þórdís", "Ævar"];
const FATHERS = ["Jóns", "Ólafs", "Sigurðar", "Þórðar", "Björns"];
const STREETS = ["Laugavegur", "Hverfisgata", "Ægisíða", "Strandgata", "Þórunnarstræti"];
const TOWNS = [
  ["101", "Reykjavík"],
  ["200", "Kópavogur"],
  ["600", "Akureyri"],
] as const;

/** An invented member. Equal numbers give equal members. */
export interface Member {
  readonly number: number;
  readonly memberRef: MemberRef;
  readonly kennitala: string;
  readonly record: MemberRecord;
}

export function memberOf(number: number): Member {
  return { number, ...identityOf(number), record: recordOf(number) };
}

export function identityOf(number: number): Pick<Member, "memberRef" | "kennitala"> {
  const kennitala = `${dayOf(number)}${monthOf(number)}${String(Math.floor(number / 336) % 100_000).padStart(5, "0")}9`;
  return { memberRef: memberRefOf("a key of the benchmark", kennitala), kennitala };
}

/** All groups of the sample field map. */
function recordOf(number: number): MemberRecord {
  const isWoman = number % 2 === 0;
  const [postalCode, city] = pick(TOWNS, number);
  return {
    name: `${pick(FIRST_NAMES, number)} ${pick(FATHERS, number)}${isWoman ? "dóttir" : "son"}`,
    email: `member${number}@example.is`,
    phone: phoneOf(number),
    birthday: `19${String((number % 80) + 20)}-${monthOf(number)}-${dayOf(number)}`,
    gender: isWoman ? 2 : 1,
    facebook: number % 3 === 0 ? `member.${number}` : null,
    address: { street: `${pick(STREETS, number)} ${(number % 90) + 1}`, postal_code: postalCode, city },
  };
}

/** What a side holds after an edit, and tells of it. */
export function editedBy(side: Side, member: Member, revision: string, salt: number): Observation {
  const { group, value } = editOf(member, salt);
  const { [group]: from = null } = member.record;
  return observed(side, member, revision, { ...member.record, [group]: value }, { changed: { [group]: { from, to: value } } });
}

/** Which group an editor changes, and to what: mostly how and where a member is reached. */
function editOf({ number }: Member, salt: number): { readonly group: GroupName; readonly value: GroupValue } {
  const [postalCode, city] = pick(TOWNS, number + salt);
  switch (number % 10) {
    case 0:
    case 1:
    case 2:
      return { group: "phone", value: phoneOf(number + 7_919 * (salt + 1)) };
    case 3:
    case 4:
    case 5:
      return { group: "email", value: `moved${number}.${salt}@example.is` };
    case 6:
    case 7:
    case 8:
      return { group: "address", value: { street: `${pick(STREETS, number + 1)} ${salt + 91}`, postal_code: postalCode, city } };
    default:
      return { group: "name", value: `${pick(FIRST_NAMES, number + 1)} ${pick(FATHERS, number + salt)}son` };
  }
}

/** What `side` held of a member at a revision. */
export function observed(
  side: Side,
  { memberRef, kennitala, number }: Member,
  revision: string,
  record: MemberRecord,
  more: Partial<Observation> = {},
): Observation {
  return {
    id: observationId({ side, memberRef, revision }),
    side,
    memberRef,
    kennitala,
    revision,
    life: "alive",
    record,
    changedAt: NOON,
    actor: side === "django" ? `user:${number % 20}` : `auth${memberRef}`,
    djangoId: number + 1,
    writeId: null,
    rejected: {},
    ...(side === "firestore" && { created: "1780000000000000000" }),
    ...more,
  };
}

function dayOf(number: number): string {
  return String((number % 28) + 1).padStart(2, "0");
}

function monthOf(number: number): string {
  return String((Math.floor(number / 28) % 12) + 1).padStart(2, "0");
}

function phoneOf(number: number): string {
  return `${5 + (number % 4)}${String(number % 100).padStart(2, "0")} ${String((number * 37) % 10_000).padStart(4, "0")}`;
}

function pick<T>(from: readonly T[], number: number): T {
  const picked = from[number % from.length];
  if (picked === undefined) throw new Error("there is nothing to pick from");
  return picked;
}
