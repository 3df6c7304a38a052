import { life } from "@member-sync/shared/member/member-record.ts";
import { z } from "zod";
import type { DjangoResult, OutboxRow } from "../../app/ports.ts";

/** What Django's endpoints answer. Unknown keys are let through: Django may be upgraded first. */

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const revision = z.number().int().nonnegative().transform(String);

const pathRefusal = z.object({ code: z.string().catch("refused"), message: z.string().catch("") });
const pathRefusals = z.record(z.string(), pathRefusal);

const row = z.object({
  id: z.number().int().positive(),
  ssn: z.string().max(40),
  fields_changed: z.record(z.string(), z.unknown()).nullish(),
  created_at: instant,
  revision,
  record: z.record(z.string(), z.unknown()).nullable(),
  life,
  actor: z.string().nullish(),
  write_id: z.string().nullish(),
  write_errors: pathRefusals.nullish(),
  django_id: z.number().int().nullish(),
  previous_ssn: z.string().nullish(),
});

export const changesAnswer = z.object({
  changes: z.array(z.looseObject({ id: z.number().int().positive() })),
  next: z.number().int().nullish(),
});

/** A row, or the places where it breaks the contract (never its values). */
export function readRow(raw: unknown): { readonly ok: true; readonly row: OutboxRow } | { readonly ok: false; readonly reason: string } {
  const parsed = row.safeParse(raw);
  if (!parsed.success) return { ok: false, reason: placesOf(parsed.error) };
  const { data } = parsed;
  return {
    ok: true,
    row: {
      id: data.id,
      ssn: data.ssn,
      fieldsChanged: Object.keys(data.fields_changed ?? {}),
      createdAt: data.created_at,
      revision: data.revision,
      record: data.record,
      life: data.life,
      actor: data.actor ?? null,
      writeId: data.write_id ?? null,
      ...(data.write_errors && { writeErrors: data.write_errors }),
      djangoId: data.django_id ?? null,
      previousSsn: data.previous_ssn ?? null,
      text: JSON.stringify(raw),
    },
  };
}

const result = z
  .object({
    write_id: z.string(),
    status: z.enum(["success", "stale", "rejected", "error"]),
    message: z.string().nullish(),
    errors: pathRefusals.nullish(),
    revision: revision.nullish(),
    record: z.record(z.string(), z.unknown()).nullish(),
    life: life.nullish(),
    django_id: z.number().int().nullish(),
    last_write_id: z.string().nullish(),
    last_write_errors: pathRefusals.nullish(),
    changed_at: instant.nullish(),
  })
  .refine((found) => found.status === "error" || (found.life !== undefined && found.life !== null));

export const applyAnswer = z.object({ results: z.array(z.unknown()).max(10_000) });

/** A result, or `undefined` for one that cannot be read: its command then counts as not done. */
export function readResultItem(raw: unknown): DjangoResult | undefined {
  const parsed = result.safeParse(raw);
  if (!parsed.success) return undefined;
  const { data } = parsed;
  return {
    writeId: data.write_id,
    status: data.status,
    message: data.message ?? "",
    errors: data.errors ?? {},
    revision: data.revision ?? null,
    record: data.record ?? null,
    life: data.life ?? "missing",
    djangoId: data.django_id ?? null,
    lastWriteId: data.last_write_id ?? null,
    ...(data.last_write_errors && { lastWriteErrors: data.last_write_errors }),
    changedAt: data.changed_at ?? null,
  };
}

export const markAnswer = z.object({ success: z.literal(true), marked_synced: z.number().int().nonnegative() });

export const statusAnswer = z.object({
  pending: z.number().int().nonnegative(),
  oldest_pending: z.union([instant, z.null()]).optional(),
});

/** `GET member/<ssn>/`, read only where Django answered 409. */
export const memberAnswer = z.object({
  revision: revision.nullish(),
  life,
  record: z.record(z.string(), z.unknown()).nullish(),
  write_id: z.string().nullish(),
  write_errors: pathRefusals.nullish(),
  django_id: z.number().int().nullish(),
  changed_at: instant.nullish(),
});

/** Places and rules only: a zod message may quote a value. */
export function placesOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join(".") || "answer"}: ${issue.code}`)
    .join("; ");
}
