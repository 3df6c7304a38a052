import type { FakeDjango } from "@member-sync/fakes/django/fake-django.ts";
import type { OutboxEntry } from "@member-sync/fakes/django/fake-member.ts";
import { shortName } from "@member-sync/fakes/django/django-port.ts";
import { z } from "zod";

export const applyRequest = z.object({
  changes: z.array(
    z.object({
      kennitala: z.string(),
      action: z.enum(["create", "update", "delete", "upsert", "cancel"]).default("update"),
      changes: z.record(z.string(), z.unknown()).default({}),
      write_id: z.string().optional(),
      expected_revision: z.number().int().nullable().optional(),
      lineage: z.string().min(1).max(64).nullish(),
      emitted_at_ms: z.number().int().nonnegative().nullish(),
    }),
  ),
});
export type Change = z.infer<typeof applyRequest>["changes"][number];

/** The current state of a member, in the contract's words. */
export function memberOf(django: FakeDjango, ssn: string) {
  const { revision, record, life, djangoId, lastWriteId, lastWriteErrors, changedAt } = django.standing(ssn);
  return {
    ssn,
    revision: Number(revision),
    life,
    record,
    django_id: djangoId,
    write_id: lastWriteId,
    write_errors: lastWriteErrors ?? null,
    changed_at: changedAt === null ? null : isoTime(changedAt),
  };
}

/** An outbox row with the current state of its member. */
export function rowOf(django: FakeDjango, { id, ssn, action, changed, createdAt, actor }: OutboxEntry) {
  const fields = Object.fromEntries(Object.entries(changed).map(([path, value]) => [shortName(path), value]));
  return { ...memberOf(django, ssn), id, action, fields_changed: fields, created_at: isoTime(createdAt), actor, previous_ssn: null };
}

/** Applies one change, and answers it. */
export function resultOf(django: FakeDjango, change: Change) {
  const { write_id: writeId, expected_revision: expectedRevision, emitted_at_ms: emittedAt } = change;
  const ssn = ssnOf(change.kennitala);
  if (ssn === undefined)
    return { ssn: change.kennitala, write_id: writeId ?? null, status: "error", message: "kennitala is not ten digits." };
  const [result] = django.apply([{ ...change, kennitala: ssn, writeId, expectedRevision, emittedAt }]);
  const { write_id: lastWriteId, write_errors: lastWriteErrors, ...member } = memberOf(django, ssn);
  return {
    ...member,
    write_id: writeId ?? null,
    status: result?.status,
    message: result?.message,
    updated_fields: result?.updated,
    errors: result?.errors,
    last_write_id: lastWriteId,
    last_write_errors: lastWriteErrors,
  };
}

/** With microseconds, as Django writes it. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace("Z", "000Z");
}

/** Ten digits, or `undefined`: with dash or spaces too. */
export function ssnOf(given: unknown): string | undefined {
  if (typeof given !== "string") return undefined;
  const digits = given.replaceAll(/[\s-]/g, "");
  return /^\d{10}$/.test(digits) ? digits : undefined;
}
