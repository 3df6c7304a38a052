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
      if (!response.ok) throw new SyncError(codeIn(body), { peer: "django-adapter", status: response.status });
      const parsed = report.safeParse(body);
      if (!parsed.success) throw new SyncError("peer_unavailable", { peer: "django-adapter", status: response.status });
      return parsed.data;
    },
  };
}

/** The adapter tells in its error whether it is Django that does not answer. */
function codeIn(body: unknown): "django_unavailable" | "django_unauthorised" | "peer_unavailable" {
  const told = z.object({ error: z.object({ code: z.enum(["django_unavailable", "django_unauthorised"]) }) }).safeParse(body);
  return told.success ? told.data.error.code : "peer_unavailable";
}
