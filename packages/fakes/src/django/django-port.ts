import type { FakeChange, WriteWatch } from "./apply-change.ts";
import type { FakeDjango } from "./fake-django.ts";
import type { OutboxEntry, Standing } from "./fake-member.ts";

interface FakeRow
  extends Pick<OutboxEntry, "id" | "ssn" | "createdAt" | "actor">, Pick<Standing, "revision" | "record" | "life" | "djangoId"> {
  readonly fieldsChanged: readonly string[];
  readonly writeId: string | null;
  readonly writeErrors?: NonNullable<Standing["lastWriteErrors"]>;
  readonly previousSsn: null;
  readonly text: string;
  readonly lineage: string;
}

/** A page of pending rows, each with the current state of its member, as the adapter's port gives it. */
export function pendingPage(django: FakeDjango, after: number, limit: number) {
  const waiting = django.pending().filter(({ id }) => id > after);
  const page = waiting.slice(0, limit);
  const rows = page.map(({ id, ssn, changed, createdAt, actor }): FakeRow => {
    const { revision, record, life, djangoId, lastWriteId, lastWriteErrors } = django.standing(ssn);
    return {
      id,
      ssn,
      fieldsChanged: Object.keys(changed).map(shortName),
      createdAt,
      revision,
      record,
      life,
      actor,
      writeId: lastWriteId,
      ...(lastWriteErrors !== undefined && { writeErrors: lastWriteErrors }),
      djangoId,
      previousSsn: null,
      text: "",
      lineage: django.lineage,
    };
  });
  return { rows, unreadable: [], next: waiting.length > limit ? (page.at(-1)?.id ?? null) : null };
}

/** The current state of members, each with its kennitala, as the adapter's port gives them. */
export function readMembers(django: FakeDjango, kennitalas: readonly string[]) {
  return [...django.read(kennitalas)].map(([kennitala, standing]) => ({ kennitala, ...standing, lineage: django.lineage }));
}

export function applyChanges(django: FakeDjango, changes: readonly FakeChange[], watch?: WriteWatch) {
  return django.apply(changes, watch).map((result) => ({ ...result, lineage: django.lineage }));
}

export function outboxStatus(django: FakeDjango) {
  const waiting = django.pending();
  return { pending: waiting.length, oldestPendingAt: waiting[0]?.createdAt ?? null };
}

/** The outbox names fields by the last part of their path. */
export function shortName(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

/** The fake behind the adapter's port `DjangoMembers`. */
export function djangoPort(django: FakeDjango) {
  return {
    pendingChanges: async (after: number, limit: number) => pendingPage(django, after, limit),
    apply: async (changes: readonly FakeChange[]) => applyChanges(django, changes),
    readMembers: async (kennitalas: readonly string[]) => readMembers(django, kennitalas),
    markSynced: async (ids: readonly number[]) => django.markSynced(ids),
    status: async () => outboxStatus(django),
  };
}
