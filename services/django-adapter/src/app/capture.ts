import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import type { Clock } from "@member-sync/shared/clock.ts";
import { deadLetterMessage } from "@member-sync/shared/bus/dead-letters.ts";
import type { FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { Revision } from "@member-sync/shared/member/revision.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { changesTopic } from "@member-sync/shared/topology.ts";
import type { Telemetry } from "../telemetry.ts";
import { rowNotice } from "./give-up.ts";
import { packObservations } from "./pack-observations.ts";
import type { DjangoMembers, OutboxRow, PendingPage } from "./ports.ts";
import { toObservation } from "./to-observation.ts";

export interface CaptureParts {
  readonly django: DjangoMembers;
  readonly publisher: MessagePublisher;
  readonly fieldMap: FieldMap;
  readonly memberRefKey: string;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Rows asked for at once. */
  readonly pageSize?: number;
}

/** What one drain took out of the outbox. */
export interface DrainReport {
  readonly published: readonly { readonly memberRef: MemberRef; readonly revision: Revision }[];
  readonly rows: number;
}

/**
 * Drains Django's outbox until a look at it finds nothing. A row is marked only after what it tells has been
 * published (P6: a crash in between publishes it again); rows leave by their mark and never by their number, so one
 * that commits late is not skipped. A row that can never be published goes to the dead letters and is marked too.
 */
export async function drainOutbox(parts: CaptureParts, signal?: AbortSignal): Promise<DrainReport> {
  const published: DrainReport["published"][number][] = [];
  const marked = new Set<number>();
  while (true) {
    const found = await sweep(parts, marked, published, signal);
    if (found === 0) return { published, rows: marked.size };
  }
}

/** One walk through all pages; the next page is fetched while the last one is published. */
async function sweep(
  parts: CaptureParts,
  marked: Set<number>,
  published: DrainReport["published"][number][],
  signal: AbortSignal | undefined,
): Promise<number> {
  const { pageSize = 500 } = parts;
  let found = 0;
  let upcoming: Promise<PendingPage> | undefined = parts.django.pendingChanges(0, pageSize, signal);
  while (upcoming !== undefined) {
    const page: PendingPage = await upcoming;
    const ids = [...page.rows, ...page.unreadable].map((row) => row.id);
    upcoming = page.next === null || ids.length === 0 ? undefined : parts.django.pendingChanges(page.next, pageSize, signal);
    // Awaited on the next turn; until then a failure of it must not count as unhandled.
    upcoming?.catch(() => undefined);
    if (ids.length === 0) break;
    failIfMarkedBefore(ids, marked);
    parts.telemetry.outboxSeen(page.rows[0]?.createdAt);
    const observations = await publishPage(parts, page);
    await parts.django.markSynced(ids, signal);
    for (const id of ids) marked.add(id);
    for (const { memberRef, revision } of observations) published.push({ memberRef, revision });
    parts.telemetry.rowsCaptured(ids.length, observations.length);
    found += ids.length;
  }
  if (found === 0) parts.telemetry.outboxSeen(undefined);
  return found;
}

async function publishPage(parts: CaptureParts, page: PendingPage): Promise<readonly Observation[]> {
  const observations: Observation[] = [];
  const notices = page.unreadable.map((row) => rowNotice(row.text, row.reason, parts.clock()));
  for (const { newest, fieldsChanged } of newestPerMember(page.rows)) {
    const reading = toObservation(parts.fieldMap, parts.memberRefKey, newest, fieldsChanged);
    if (reading.kind === "observation") observations.push(reading.observation);
    else notices.push(rowNotice(newest.text, reading.reason, parts.clock()));
  }
  for (const row of page.rows) {
    if (row.previousSsn === null) continue;
    parts.telemetry.kennitalaChanged();
    notices.push(rowNotice(row.text, "kennitala changed", parts.clock(), "unknown"));
  }
  await Promise.all([
    publishSome(parts.publisher, changesTopic("django"), packObservations(parts.fieldMap, observations)),
    publishSome(parts.publisher, "member-dead-letters", notices.map(deadLetterMessage)),
  ]);
  for (const notice of notices) parts.telemetry.deadLettered(notice.cause, notice.reason, notice.memberRef);
  return observations;
}

async function publishSome(publisher: MessagePublisher, ...[topic, messages]: Parameters<MessagePublisher["publish"]>): Promise<void> {
  if (messages.length > 0) await publisher.publish(topic, messages);
}

interface MemberRows {
  readonly newest: OutboxRow;
  readonly fieldsChanged: ReadonlySet<string>;
}

/** All rows of a page describe their member as it stands now, so the newest one speaks for the others. */
function newestPerMember(rows: readonly OutboxRow[]): Iterable<MemberRows> {
  const members = new Map<string, MemberRows>();
  for (const row of rows) {
    const before = members.get(row.ssn);
    const newest = before === undefined || row.id > before.newest.id ? row : before.newest;
    members.set(row.ssn, { newest, fieldsChanged: new Set([...(before?.fieldsChanged ?? []), ...row.fieldsChanged]) });
  }
  return members.values();
}

/** P7: rows that come again after they were marked would be published for ever. */
function failIfMarkedBefore(ids: readonly number[], marked: ReadonlySet<number>): void {
  const again = ids.filter((id) => marked.has(id)).length;
  if (again > 0) throw new SyncError("django_bad_answer", { reason: "rows marked as synced are still pending", rows: again });
}
