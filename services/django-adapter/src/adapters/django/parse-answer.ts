import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { z } from "zod";
import type { ExchangeAnswer } from "./exchange.ts";
import { placesOf } from "./wire.ts";

/** The checked body of a 200, or the error that any other answer means. Bodies are never repeated: they name people. */
export function parseAnswer<T>(schema: z.ZodType<T>, answer: ExchangeAnswer): T {
  const { status } = answer;
  if (status === 401 || status === 403) throw new SyncError("django_unauthorised", { status });
  if (status === 413) throw new SyncError("django_refused", { status });
  // An error page in HTML comes from whatever stands before our endpoints: a wrong URL, a proxy, ALLOWED_HOSTS.
  if (!answer.isJson) throw new SyncError("django_bad_answer", { reason: "not JSON", status });
  if (status >= 400) throw new SyncError("django_refused", { status });
  const json = parseJson(answer.text);
  if (json === undefined) throw new SyncError("django_bad_answer", { reason: "broken JSON", status });
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new SyncError("django_bad_answer", { reason: placesOf(parsed.error), status });
  return parsed.data;
}

/** `undefined` for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
