import { z } from "zod";
import { COLUMNS, STATUS_PATH, type Checked, type Value } from "./fields.ts";
import { ssnOf, standingOf } from "./standing.ts";
import type { KeptWrite, StandInStore } from "./store.ts";

export const applyRequest = z.object({
  changes: z.array(
    z.object({
      kennitala: z.string(),
      action: z.enum(["create", "update", "delete", "upsert", "cancel"]).default("update"),
      changes: z.record(z.string(), z.unknown()).default({}),
      write_id: z.string().optional(),
      expected_revision: z.number().int().nullable().optional(),
      lineage: z.string().min(1).max(64).nullish(),
    }),
  ),
});
export type Change = z.infer<typeof applyRequest>["changes"][number];

type Outcome = { readonly status: "success" | "stale" | "rejected" | "error"; readonly message: string } & Partial<
  Pick<KeptWrite, "updated" | "errors">
>;

/** Applies one change by compare-and-set, and answers with the member as it stands afterwards. */
export function applyChange(store: StandInStore, change: Change): Readonly<Record<string, unknown>> {
  const ssn = ssnOf(change.kennitala);
  if (ssn === undefined)
    return { ssn: change.kennitala, write_id: change.write_id ?? null, status: "error", message: "kennitala is not ten digits." };
  const outcome = decide(store, ssn, change);
  const standing = standingOf(store, ssn);
  return {
    ...standing,
    ssn,
    status: outcome.status,
    message: outcome.message,
    updated_fields: outcome.updated ?? [],
    errors: outcome.errors ?? {},
    write_id: change.write_id ?? null,
    last_write_id: standing.write_id,
  };
}

function decide(store: StandInStore, ssn: string, change: Change): Outcome {
  const { write_id: writeId, expected_revision: expected } = change;
  const row = store.row(ssn);
  if ((change.lineage ?? store.lineage) !== store.lineage) return { status: "stale", message: "The change was made for another history." };
  if (writeId !== undefined) {
    const kept = store.writes.get(writeId);
    if (kept !== undefined) {
      return kept.ssn === ssn
        ? { ...kept, message: "Already applied." }
        : { status: "error", message: "This write id was used for another member." };
    }
    if (change.action === "cancel") {
      store.writes.set(writeId, { ssn, status: "rejected", updated: [], errors: {} });
      return { status: "rejected", message: "Cancelled." };
    }
    const { revision } = store.state(ssn);
    const isCurrent = expected === revision || (expected === null && row === undefined && revision === 0);
    if (!isCurrent) return { status: "stale", message: "The member has changed since." };
  }
  const creates = change.action === "create" || change.action === "upsert" || (writeId !== undefined && expected === null);
  if (row === undefined && change.action === "delete" && writeId !== undefined)
    return { status: "success", message: "There is no such member." };
  if (row === undefined && !creates) return { status: "error", message: "Member not found" };

  const { values, errors } = check(change, row === undefined);
  const refusesAll = Object.keys(values).length === 0 && Object.keys(errors).length > 0;
  const lacksName = row === undefined && errors["profile.name"] !== undefined;
  const outcome: Outcome =
    refusesAll || lacksName
      ? { status: "rejected", message: "Nothing could be written.", errors }
      : { status: "success", message: "", errors, updated: Object.keys(values) };
  if (outcome.status === "success") store.write(ssn, values, writeId === undefined ? { actor: "api" } : { writeId });
  if (writeId !== undefined && (outcome.status === "success" || outcome.status === "rejected")) {
    store.writes.set(writeId, { ssn, status: outcome.status, updated: outcome.updated ?? [], errors });
  }
  return outcome;
}

interface CheckedChange {
  readonly values: Record<string, Value>;
  readonly errors: Record<string, { readonly code: string; readonly message: string }>;
}

function check(change: Change, isNew: boolean): CheckedChange {
  const given = change.action === "delete" ? { ...change.changes, [STATUS_PATH]: "inactive" } : change.changes;
  const values: Record<string, Value> = {};
  const errors: CheckedChange["errors"] = {};
  for (const [path, value] of Object.entries(given)) {
    const checked = checkOne(path, value);
    if ("code" in checked) errors[path] = checked;
    else values[path] = checked.value;
  }
  if (isNew && values["profile.name"] === undefined) errors["profile.name"] ??= { code: "required", message: "This field is required." };
  refuseAddressTogether(values, errors);
  return { values, errors };
}

function checkOne(path: string, value: unknown): Checked {
  if (path === STATUS_PATH) {
    return value === "active" || value === "inactive" ? { value } : { code: "invalid", message: "Neither active nor inactive." };
  }
  const column = COLUMNS.find((candidate) => candidate.path === path);
  return column === undefined ? { code: "unmapped", message: "No field carries this path." } : column.check(value);
}

/** The address changes as one value, so it is refused as one. */
function refuseAddressTogether(values: CheckedChange["values"], errors: CheckedChange["errors"]): void {
  const refusal = Object.entries(errors).find(([path]) => path.startsWith("address."))?.[1];
  if (refusal === undefined) return;
  for (const path of Object.keys(values).filter((candidate) => candidate.startsWith("address."))) {
    delete values[path];
    errors[path] = { code: refusal.code, message: "Refused together with another part of the address." };
  }
}
