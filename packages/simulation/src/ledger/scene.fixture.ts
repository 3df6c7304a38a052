import type { Conflict } from "@member-sync/reconciler/core/conflict.ts";
import type { HistoryEntry, HistoryRecord } from "@member-sync/reconciler/core/history.ts";
import type { GroupValue, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import { checkLedger } from "./check-ledger.ts";
import type { Evidence, Standing } from "./evidence.ts";
import { ENDINGS, type Ending, type Ledger } from "./ledger.ts";
import type { RecordedEdit } from "./recorded-edit.ts";

export const MEMBER = "m";

/** An edit of the phone, unless told otherwise; the later in the list, the later it was made. */
export function edit(side: "django" | "firestore", value: GroupValue, saw?: GroupValue, more: Partial<RecordedEdit> = {}): RecordedEdit {
  return {
    id: `${side} ${JSON.stringify(value)}`,
    side,
    memberRef: MEMBER,
    group: "phone",
    value,
    ...(saw !== undefined && { saw }),
    at: 1_000,
    ...more,
  };
}

export function entry(
  outcome: HistoryEntry["outcome"],
  value: GroupValue,
  other: GroupValue,
  more: Partial<HistoryEntry> = {},
): HistoryEntry {
  return { group: "phone", outcome, side: "django", actor: "anna", changedAt: 1_000, value, other, ver: 1, rule: "newer", ...more };
}

/** One plan each. */
export function history(...plans: readonly (readonly HistoryEntry[])[]): readonly HistoryRecord[] {
  return plans.map((entries, at) => ({
    id: `${MEMBER}-${at + 1}-${(1_000).toString(36)}`,
    memberRef: MEMBER,
    at: 1_000,
    revisions: {},
    entries,
  }));
}

export function openConflict(django: GroupValue, firestore: GroupValue, more: Partial<Conflict> = {}): Conflict {
  const contender = { changedAt: 1_000, actor: null };
  return {
    id: "c",
    memberRef: MEMBER,
    group: "phone",
    state: "open",
    cause: "concurrent",
    openedAt: 1_000,
    updatedAt: 1_000,
    expected: "c.1",
    agreed: null,
    django: { ...contender, value: django },
    firestore: { ...contender, value: firestore },
    ...more,
  };
}

/** A member whose sides hold these phones. */
export function holding(django: GroupValue, firestore: GroupValue): Pick<Evidence, "members"> {
  return standing({ life: "alive", record: { phone: django } }, { life: "alive", record: { phone: firestore } });
}

export function standing(django: Standing, firestore: Standing): Pick<Evidence, "members"> {
  return { members: [{ memberRef: MEMBER, django, firestore }] };
}

export const GONE: Standing = { life: "missing", record: {} };

export function inactive(record: MemberRecord): Standing {
  return { life: "deleted", record };
}

export function ledgerOf(evidence: Partial<Evidence> & Pick<Evidence, "edits" | "members">): Ledger {
  return checkLedger({ history: [], conflicts: [], deadLetters: [], ...evidence });
}

/** How the edits ended, by how many: `{ current: 1 }`; `vanished` counts too. */
export function endings(ledger: Ledger): Partial<Record<Ending | "vanished", number>> {
  const some = ENDINGS.filter((ending) => ledger.count[ending] > 0).map((ending) => [ending, ledger.count[ending]] as const);
  return Object.fromEntries([...some, ...(ledger.vanished.length > 0 ? [["vanished", ledger.vanished.length] as const] : [])]);
}

/** A save that got no answer. */
export function unanswered(side: "django" | "firestore", value: string | null, had: Partial<RecordedEdit>): RecordedEdit {
  return edit(side, value, undefined, { unsure: true, id: `${side} without an answer`, ...had });
}
