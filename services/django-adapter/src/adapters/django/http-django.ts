import { systemClock, type Clock } from "@member-sync/shared/clock.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { z } from "zod";
import type { DjangoChange, DjangoMembers, DjangoResult, OutboxRow, Provenance, ReadMember, UnreadableRow } from "../../app/ports.ts";
import { createClockError } from "./clock-error.ts";
import { exchange, type ExchangeAnswer, type ExchangeRequest } from "./exchange.ts";
import { createGate } from "./gate.ts";
import { parseAnswer, parseJson } from "./parse-answer.ts";
import {
  applyAnswer,
  changesAnswer,
  markAnswer,
  membersAnswer,
  readMemberItem,
  readResultItem,
  readRow,
  statusAnswer,
  type AnswerHead,
} from "./wire.ts";

export interface HttpDjangoOptions {
  /** Where the endpoints are mounted, such as `https://example.is/felagar`. */
  readonly url: string;
  /** Asked for each request, so that a rotated token is taken up. */
  readonly token: () => string;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  readonly clock?: Clock;
  /** Told when the circuit opens (Django counts as down) and when it closes again. */
  readonly onCircuit?: (isOpen: boolean) => void;
  /** Told with each answer by how much Django's clock is ahead of ours. */
  readonly onClock?: (leadMs: number) => void;
}

/** The HTTP adapter, which can also be told that Django was heard of. */
export interface HttpDjango extends DjangoMembers {
  /** Closes an open circuit before its time: whoever sends a signed nudge is not down. */
  expectBack(): void;
}

type Call = Pick<ExchangeRequest, "method" | "body" | "signal"> & { readonly path: string };

/** The members in Django, over the HTTP endpoints of the `member_sync` app. */
export function createHttpDjango(options: HttpDjangoOptions): HttpDjango {
  const { timeoutMs = 10_000, maxBytes = 5_000_000, clock = systemClock } = options;
  const base = `${options.url.replace(/\/+$/, "")}/api/sync/`;
  const gate = createGate(clock, options.onCircuit);
  const clockError = createClockError();

  const request = async ({ path, ...rest }: Call, isOneMembers = false): Promise<ExchangeAnswer> => {
    const call = () => exchange({ ...rest, url: base + path, token: options.token(), timeoutMs, maxBytes });
    const answer = await gate.pass(call, isOneMembers);
    if (answer.clockLeadMs !== undefined) options.onClock?.(answer.clockLeadMs);
    return answer;
  };

  async function read<T>(schema: z.ZodType<T>, call: Call): Promise<T> {
    return parseAnswer(schema, await request(call));
  }

  async function apply(changes: readonly DjangoChange[], signal?: AbortSignal): Promise<readonly DjangoResult[]> {
    const call = post("apply/", { changes: changes.map(toWire) }, signal);
    const answer = await request(call, changes.length === 1);
    if (answer.status === 409) return await afterConflict(changes, answer, signal);
    const { results, ...head } = parseAnswer(applyAnswer, answer);
    if (results.length === 0 && changes.length > 0)
      throw new SyncError("django_bad_answer", { reason: "no results", status: answer.status });
    return sound(results.map(readResultItem), sourceOf(head, answer));
  }

  /**
   * A 409 says that something stood elsewhere, and wrote nothing: what stands there is read, and told as `stale`. Where it
   * stands as expected, nothing has moved that would be decided anew: then the change has failed.
   */
  async function afterConflict(changes: readonly DjangoChange[], answer: ExchangeAnswer, signal?: AbortSignal) {
    const told = applyAnswer.safeParse(parseJson(answer.text));
    if (told.success) return sound(told.data.results.map(readResultItem), sourceOf(told.data, answer));
    const [change, ...others] = changes;
    if (change === undefined || others.length > 0) throw new SyncError("django_refused", { status: 409 });
    const [now] = await readMembers([change.kennitala], signal);
    if (now === undefined) throw new SyncError("django_bad_answer", { reason: "the member is not shown" });
    const isThere = now.life !== "missing" || Number(now.revision) > 0;
    const hasMoved = change.expectedRevision === null ? isThere : Number(now.revision) !== change.expectedRevision;
    const status = hasMoved ? "stale" : "error";
    return [{ ...now, writeId: change.writeId, status, message: "", errors: {} } as const];
  }

  async function readMembers(kennitalas: readonly string[], signal?: AbortSignal): Promise<readonly ReadMember[]> {
    const answer = await request(post("members/read/", { ssn: kennitalas }, signal));
    const { members, ...head } = parseAnswer(membersAnswer, answer);
    return sound(members.map(readMemberItem), sourceOf(head, answer));
  }

  function sourceOf({ lineage, now }: AnswerHead, { sentAt, answeredAt }: ExchangeAnswer): Provenance {
    const isTimed = now !== undefined && now !== null;
    return { ...(lineage && { lineage }), ...(isTimed && { clockErrorMs: clockError({ sentAt, answeredAt, theirs: now }) }) };
  }

  return {
    apply,
    readMembers,
    expectBack: () => gate.expectBack(),
    async pendingChanges(after, limit, signal) {
      const query = new URLSearchParams({ after: String(after), limit: String(limit) });
      const answer = await request({ path: `changes/?${query.toString()}`, method: "GET", signal });
      const page = parseAnswer(changesAnswer, answer);
      const provenance = sourceOf(page, answer);
      const rows: OutboxRow[] = [];
      const unreadable: UnreadableRow[] = [];
      for (const raw of page.changes) {
        const reading = readRow(raw);
        if (reading.ok) rows.push({ ...reading.row, ...provenance });
        else unreadable.push({ id: raw.id, reason: reading.reason, text: JSON.stringify(raw) });
      }
      return { rows, unreadable, next: page.next ?? null };
    },
    async markSynced(ids, signal) {
      const answer = await read(markAnswer, post("mark-synced/", { sync_ids: ids }, signal));
      return answer.marked_synced;
    },
    async status(signal) {
      const answer = await read(statusAnswer, { path: "status/", method: "GET", signal });
      return { pending: answer.pending, oldestPendingAt: answer.oldest_pending ?? null };
    },
  };
}

/** What could be read of a list, with what the answer says of itself. */
function sound<T extends Provenance>(items: readonly (T | undefined)[], provenance: Provenance): readonly T[] {
  return items.filter((item) => item !== undefined).map((item) => ({ ...item, ...provenance }));
}

function post(path: string, body: unknown, signal: AbortSignal | undefined): Call {
  return { path, method: "POST", body: JSON.stringify(body), signal };
}

function toWire(change: DjangoChange): unknown {
  return {
    kennitala: change.kennitala,
    django_id: change.djangoId,
    action: change.action,
    changes: change.changes,
    write_id: change.writeId,
    expected_revision: change.expectedRevision,
    ...(change.lineage !== undefined && { lineage: change.lineage }),
    ...(change.emittedAt !== undefined && { emitted_at_ms: change.emittedAt }),
  };
}
