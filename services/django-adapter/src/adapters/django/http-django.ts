import { systemClock, type Clock } from "@member-sync/shared/clock.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { z } from "zod";
import type { DjangoChange, DjangoMembers, DjangoResult, OutboxRow, UnreadableRow } from "../../app/ports.ts";
import { exchange, type ExchangeAnswer, type ExchangeRequest } from "./exchange.ts";
import { createGate } from "./gate.ts";
import { applyAnswer, changesAnswer, markAnswer, memberAnswer, placesOf, readResultItem, readRow, statusAnswer } from "./wire.ts";

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
    const { results } = parseAnswer(applyAnswer, answer);
    if (results.length === 0 && changes.length > 0)
      throw new SyncError("django_bad_answer", { reason: "no results", status: answer.status });
    return results.map(readResultItem).filter((result) => result !== undefined);
  }

  /**
   * A 409 says that something stood elsewhere, and wrote nothing: what stands there is read, and told as `stale`. Where it
   * stands as expected, nothing has moved that would be decided anew: then the change has failed.
   */
  async function afterConflict(changes: readonly DjangoChange[], answer: ExchangeAnswer, signal?: AbortSignal) {
    const told = safely(() => applyAnswer.safeParse(JSON.parse(answer.text)));
    if (told?.success) return told.data.results.map(readResultItem).filter((result) => result !== undefined);
    const [change, ...others] = changes;
    if (change === undefined || others.length > 0) throw new SyncError("django_refused", { status: 409 });
    const now = await readMember(change, signal);
    const hasMoved = now.revision !== (change.expectedRevision === null ? null : String(change.expectedRevision));
    const status = hasMoved ? "stale" : "error";
    return [{ ...now, writeId: change.writeId, status, message: "", errors: {} } as const];
  }

  async function readMember(
    change: DjangoChange,
    signal?: AbortSignal,
  ): Promise<Omit<DjangoResult, "writeId" | "status" | "message" | "errors">> {
    const answer = await request({ path: `member/${change.kennitala}/`, method: "GET", signal });
    if (answer.status === 404 && answer.isJson) {
      return { revision: null, record: null, life: "missing", djangoId: null, lastWriteId: null, changedAt: null };
    }
    const member = parseAnswer(memberAnswer, answer);
    return {
      revision: member.revision ?? null,
      record: member.record ?? null,
      life: member.life,
      djangoId: member.django_id ?? null,
      lastWriteId: member.write_id ?? null,
      ...(member.write_errors && { lastWriteErrors: member.write_errors }),
      changedAt: member.changed_at ?? null,
    };
  }

  return {
    apply,
    expectBack: () => gate.expectBack(),
    async pendingChanges(after, limit, signal) {
      const query = new URLSearchParams({ after: String(after), limit: String(limit) });
      const page = await read(changesAnswer, { path: `changes/?${query.toString()}`, method: "GET", signal });
      const rows: OutboxRow[] = [];
      const unreadable: UnreadableRow[] = [];
      for (const raw of page.changes) {
        const reading = readRow(raw);
        if (reading.ok) rows.push(reading.row);
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
  };
}

/** The checked body of a 200, or the error that any other answer means. Bodies are never repeated: they name people. */
function parseAnswer<T>(schema: z.ZodType<T>, answer: ExchangeAnswer): T {
  const { status } = answer;
  if (status === 401 || status === 403) throw new SyncError("django_unauthorised", { status });
  if (status === 413) throw new SyncError("django_refused", { status });
  // An error page in HTML comes from whatever stands before our endpoints: a wrong URL, a proxy, ALLOWED_HOSTS.
  if (!answer.isJson) throw new SyncError("django_bad_answer", { reason: "not JSON", status });
  if (status >= 400) throw new SyncError("django_refused", { status });
  const json = safely((): unknown => JSON.parse(answer.text));
  if (json === undefined) throw new SyncError("django_bad_answer", { reason: "broken JSON", status });
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new SyncError("django_bad_answer", { reason: placesOf(parsed.error), status });
  return parsed.data;
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
