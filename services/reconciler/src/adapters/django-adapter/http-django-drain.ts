import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { Secret } from "@member-sync/shared/runtime/secret.ts";
import { z } from "zod";
import type { DjangoDrain } from "../../app/ports.ts";

const report = z.object({
  published: z.array(z.object({ memberRef: z.string(), revision: z.string() })),
});

/** Asks the Django adapter over HTTP. Whatever is not a report is a failure: a drain that did not happen is never taken for one. */
export function createHttpDjangoDrain({ url, token }: { readonly url: string; readonly token: Secret }): DjangoDrain {
  return {
    async drain(signal) {
      const response = await fetch(`${url}/drain`, {
        method: "POST",
        headers: { authorization: `Bearer ${token.reveal()}` },
        redirect: "manual",
        signal,
      }).catch((cause: unknown) => {
        throw new SyncError("peer_unavailable", { peer: "django-adapter" }, { cause });
      });
      const body: unknown = await response.json().catch(() => undefined);
      if (!response.ok) {
        const { code, reason } = toldIn(body);
        throw new SyncError(code, { peer: "django-adapter", status: response.status, ...(reason !== undefined && { reason }) });
      }
      const parsed = report.safeParse(body);
      if (!parsed.success) throw new SyncError("peer_unavailable", { peer: "django-adapter", status: response.status });
      return parsed.data;
    },
  };
}

const told = z.object({
  error: z.object({
    code: z.enum(["django_unavailable", "django_unauthorised", "django_bad_answer"]),
    details: z.object({ reason: z.string().max(200).optional() }).optional(),
  }),
});

/** The adapter tells in its error whether it is Django that does not answer as it should, and why. */
function toldIn(body: unknown) {
  const parsed = told.safeParse(body);
  if (!parsed.success) return { code: "peer_unavailable", reason: undefined } as const;
  return { code: parsed.data.error.code, reason: parsed.data.error.details?.reason };
}
