import { SyncError, type ErrorDetails } from "@member-sync/shared/errors/sync-error.ts";

export interface ExchangeRequest {
  readonly url: string;
  readonly token: string;
  readonly method: "GET" | "POST";
  readonly body?: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** A whole answer: its text is known to be complete and within the limit, nothing else is known of it. */
export interface ExchangeAnswer {
  readonly status: number;
  readonly text: string;
  readonly isJson: boolean;
  /** From `Retry-After`, in either of its forms. */
  readonly retryAfterMs: number | undefined;
  /** When the request left, and when the first of its answer came, by our clock. */
  readonly sentAt: number;
  readonly answeredAt: number;
  /** By how much the other clock is ahead of ours, from `Date`, which tells whole seconds; negative when it is behind. */
  readonly clockLeadMs: number | undefined;
}

/**
 * One HTTP exchange with a deadline over the whole of it, body included. Rejects with `django_unavailable` when no
 * whole answer came, and with `django_bad_answer` for a redirect (it would drop the Authorization header, or lead
 * the token elsewhere) and for a body over the limit.
 */
export async function exchange(request: ExchangeRequest): Promise<ExchangeAnswer> {
  const deadline = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
  const sentAt = Date.now();
  const response = await send(request, signal);
  const answeredAt = Date.now();
  if (response.status >= 300 && response.status < 400) {
    await discard(response);
    throw new SyncError("django_bad_answer", { reason: "redirect", status: response.status });
  }
  return {
    status: response.status,
    text: await readBounded(response, request.maxBytes),
    isJson: /^application\/([\w.-]+\+)?json\b/i.test(response.headers.get("content-type") ?? ""),
    retryAfterMs: retryAfter(response.headers.get("retry-after")),
    sentAt,
    answeredAt,
    clockLeadMs: clockLead(response.headers.get("date"), (sentAt + answeredAt) / 2),
  };
}

async function send(request: ExchangeRequest, signal: AbortSignal): Promise<Response> {
  const init: RequestInit = {
    method: request.method,
    redirect: "manual",
    signal,
    headers: {
      accept: "application/json",
      authorization: `Token ${request.token}`,
      ...(request.body !== undefined && { "content-type": "application/json" }),
    },
    ...(request.body !== undefined && { body: request.body }),
  };
  try {
    return await fetch(request.url, init);
  } catch (error) {
    if (!isDroppedConnection(error) || signal.aborted) throw unavailable(error);
  }
  // A kept-alive connection that Django had just closed says nothing about Django: one fresh one is tried at once.
  try {
    return await fetch(request.url, init);
  } catch (error) {
    throw unavailable(error);
  }
}

async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      // Leaving the loop cancels the stream, and with it the connection.
      if (bytes > maxBytes) throw new SyncError("django_bad_answer", { reason: "too large", status: response.status });
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof SyncError ? error : unavailable(error);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}

function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,7}$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function clockLead(header: string | null, ours: number): number | undefined {
  const theirs = Date.parse(header ?? "");
  return Number.isNaN(theirs) ? undefined : theirs + 500 - ours;
}

function unavailable(error: unknown): SyncError {
  return new SyncError("django_unavailable", reasonOf(error), { cause: error });
}

function reasonOf(error: unknown): ErrorDetails {
  const name = error instanceof Error ? error.name : "";
  if (name === "TimeoutError") return { reason: "time-out" };
  if (name === "AbortError") return { reason: "aborted" };
  return { reason: causeCode(error) ?? "connection failed" };
}

function isDroppedConnection(error: unknown): boolean {
  const code = causeCode(error);
  return code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
}

function causeCode(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
}
