import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { createHttpDjango, type HttpDjango, type HttpDjangoOptions } from "../src/adapters/django/http-django.ts";
import type { DjangoChange } from "../src/app/ports.ts";
import type { DjangoStandIn } from "./django-stand-in.ts";

export const change = (writeId: string): DjangoChange => ({
  kennitala: "0101302989",
  djangoId: 12,
  action: "update",
  changes: { "profile.email": "new@example.is" },
  writeId,
  expectedRevision: 4,
});

export const result = (writeId: string, more: object = {}) => ({
  ssn: "0101302989",
  status: "success",
  message: "",
  updated_fields: ["profile.email"],
  write_id: writeId,
  last_write_id: writeId,
  revision: 5,
  record: { profile: { email: "new@example.is" } },
  life: "alive",
  django_id: 12,
  errors: {},
  changed_at: "2026-03-01T12:00:00.123456Z",
  ...more,
});

export function client(standIn: Pick<DjangoStandIn, "url">, more: Partial<HttpDjangoOptions> = {}): HttpDjango {
  return createHttpDjango({ url: standIn.url, token: () => "token-of-the-adapter", ...more });
}

export async function failureOf(work: Promise<unknown>): Promise<SyncError> {
  const error: unknown = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (error instanceof SyncError) return error;
  throw new Error("expected a SyncError", { cause: error });
}
