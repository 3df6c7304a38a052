import { life } from "@member-sync/shared/member/member-record.ts";
import { z } from "zod";
import type { DjangoResult, OutboxRow, ReadMember, Standing } from "../../app/ports.ts";

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

/** What Django says of itself beside the members; an app of an earlier version says nothing. */
const head = { lineage: z.string().min(1).max(64).nullish(), now: instant.nullish() };
export type AnswerHead = z.infer<z.ZodObject<typeof head>>;

export const changesAnswer = z.object({
  ...head,
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

const standing = z.object({
  revision: revision.nullish(),
  record: z.record(z.string(), z.unknown()).nullish(),
  life: life.nullish(),
  django_id: z.number().int().nullish(),
  changed_at: instant.nullish(),
});

const result = standing
  .extend({
    write_id: z.string(),
    status: z.enum(["success", "stale", "rejected", "error"]),
    message: z.string().nullish(),
    errors: pathRefusals.nullish(),
    last_write_id: z.string().nullish(),
    last_write_errors: pathRefusals.nullish(),
  })
  .refine((found) => found.status === "error" || (found.life !== undefined && found.life !== null));

export const applyAnswer = z.object({ ...head, results: z.array(z.unknown()).max(10_000) });

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
    ...readStanding(data, { id: data.last_write_id, errors: data.last_write_errors }),
  };
}

interface LastWrite {
  readonly id: string | null | undefined;
  readonly errors: z.infer<typeof pathRefusals> | null | undefined;
}

function readStanding(data: z.infer<typeof standing>, { id, errors }: LastWrite): Standing {
  return {
    revision: data.revision ?? null,
    record: data.record ?? null,
    life: data.life ?? "missing",
    djangoId: data.django_id ?? null,
    lastWriteId: id ?? null,
    ...(errors && { lastWriteErrors: errors }),
    changedAt: data.changed_at ?? null,
  };
}

export const markAnswer = z.object({ success: z.literal(true), marked_synced: z.number().int().nonnegative() });

export const statusAnswer = z.object({
  pending: z.number().int().nonnegative(),
  oldest_pending: z.union([instant, z.null()]).optional(),
});

const member = standing.extend({
  ssn: z.string().regex(/^\d{10}$/),
  life,
  write_id: z.string().nullish(),
  write_errors: pathRefusals.nullish(),
});

export const membersAnswer = z.object({ ...head, members: z.array(z.unknown()).max(10_000) });

/** A member as it stands, or `undefined` for one that cannot be read: then nothing is known of it. */
export function readMemberItem(raw: unknown): ReadMember | undefined {
  const parsed = member.safeParse(raw);
  if (!parsed.success) return undefined;
  const { data } = parsed;
  return { kennitala: data.ssn, ...readStanding(data, { id: data.write_id, errors: data.write_errors }) };
}

/** Places and rules only: a zod message may quote a value. */
export function placesOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join(".") || "answer"}: ${issue.code}`)
    .join("; ");
}
