/** The name that stands for a document's id in an order. */
export const DOCUMENT_ID = "__name__";

interface QueryFilter {
  readonly field: string;
  readonly op: "==" | "<";
}

export interface QueryOrder {
  readonly field: string;
  readonly direction: "asc" | "desc";
}

/** One query that the reconciler makes: what it filters by and how it is ordered, without the values. */
export interface QuerySpec {
  readonly collection: string;
  readonly where: readonly QueryFilter[];
  readonly orderBy: readonly QueryOrder[];
}

export const COLLECTIONS = {
  members: "sync_members",
  conflicts: "sync_conflicts",
  history: "sync_history",
  logs: "sync_logs",
  deadLetters: "sync_dead_letters",
  control: "sync_control",
} as const;

const is = (field: string): QueryFilter => ({ field, op: "==" });
const byId: QueryOrder = { field: DOCUMENT_ID, direction: "asc" };
const newest = (field: string): readonly QueryOrder[] => [
  { field, direction: "desc" },
  { field: DOCUMENT_ID, direction: "desc" },
];

const { members, conflicts, history, logs, deadLetters } = COLLECTIONS;

/** Every query of the reconciler. The stores run these, and the index definitions are made of them. */
export const QUERIES = {
  membersInFlight: {
    collection: members,
    where: [{ field: "inFlightAt", op: "<" }],
    orderBy: [{ field: "inFlightAt", direction: "asc" }, byId],
  },
  membersWaiting: { collection: members, where: [is("waitingFor")], orderBy: [byId] },
  membersAll: { collection: members, where: [], orderBy: [byId] },
  membersDue: { collection: members, where: [is("due")], orderBy: [byId] },
  conflicts: { collection: conflicts, where: [], orderBy: newest("openedAt") },
  conflictsByState: { collection: conflicts, where: [is("state")], orderBy: newest("openedAt") },
  conflictsOfMember: { collection: conflicts, where: [is("memberRef")], orderBy: newest("openedAt") },
  conflictsOfMemberByState: { collection: conflicts, where: [is("memberRef"), is("state")], orderBy: newest("openedAt") },
  conflictsOpen: { collection: conflicts, where: [is("state")], orderBy: [] },
  timeline: { collection: history, where: [is("memberRef")], orderBy: newest("rev") },
  deadLetters: { collection: deadLetters, where: [], orderBy: newest("firstSeenAt") },
  deadLettersByState: { collection: deadLetters, where: [is("state")], orderBy: newest("firstSeenAt") },
  deadLettersByCause: { collection: deadLetters, where: [is("cause")], orderBy: newest("firstSeenAt") },
  deadLettersByStateAndCause: { collection: deadLetters, where: [is("state"), is("cause")], orderBy: newest("firstSeenAt") },
  deadLettersOpen: { collection: deadLetters, where: [is("state")], orderBy: [] },
  runs: { collection: logs, where: [], orderBy: newest("started_at") },
} as const satisfies Readonly<Record<string, QuerySpec>>;

/** Fields that no query uses and whose indexes would only cost: a hub alone would make hundreds of entries. */
export const INDEX_EXEMPTIONS: readonly { readonly collection: string; readonly field: string }[] = [
  { collection: members, field: "hub" },
  { collection: conflicts, field: "agreed" },
  { collection: conflicts, field: "django" },
  { collection: conflicts, field: "firestore" },
  { collection: conflicts, field: "decision" },
  { collection: conflicts, field: "refusal" },
  { collection: history, field: "entries" },
  { collection: history, field: "revisions" },
  // It rises with the clock: an index of it would bear 500 writes a second and no more.
  { collection: history, field: "at" },
  { collection: history, field: "id" },
  { collection: history, field: "format" },
  { collection: deadLetters, field: "letter" },
  { collection: "parts", field: "bytes" },
  { collection: logs, field: "stats" },
];
