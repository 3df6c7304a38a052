import type { Scalar } from "@member-sync/shared/member/member-record.ts";
import type { FakeDjango } from "./fake-django.ts";
import type { KeptWrite, Standing } from "./fake-member.ts";
import { STATUS_PATH, type Host, type PathRejection, type Values } from "./host.ts";

/** One change as `apply/` takes it. Without a write id it is an edit by a client of the legacy interface. */
export interface FakeChange {
  readonly kennitala: string;
  /** `cancel` writes nothing, and uses up its write id: a copy of the command that arrives later is not applied. */
  readonly action: "create" | "update" | "delete" | "upsert" | "cancel";
  readonly changes: Readonly<Record<string, unknown>>;
  readonly writeId?: string | undefined;
  readonly expectedRevision?: number | null | undefined;
  /** The history that the expected revision was counted in. */
  readonly lineage?: string | null | undefined;
  /** Epoch milliseconds at which the sync decided on the change. */
  readonly emittedAt?: number | null | undefined;
}

export interface FakeResult extends Standing {
  readonly writeId: string;
  readonly status: "success" | "stale" | "rejected" | "error";
  readonly message: string;
  /** Paths that were written. */
  readonly updated: readonly string[];
  readonly errors: Readonly<Record<string, PathRejection>>;
}

/** A write by the sync that is about to be made: the values that were sent and not rejected, and the row before and after it. */
export interface WatchedWrite {
  readonly ssn: string;
  readonly given: Readonly<Record<string, unknown>>;
  readonly before: Values | undefined;
  readonly stored: Values;
}

export type WriteWatch = (write: WatchedWrite) => void;

export interface DjangoFlaws {
  /** It carries out every change, whatever the member's revision. */
  readonly comparesNothing?: boolean;
  readonly forgetsWriteIds?: boolean;
}

export interface ApplyDeps {
  readonly django: FakeDjango;
  readonly host: Host;
  readonly writes: Map<string, KeptWrite>;
  readonly flaws: DjangoFlaws;
  readonly watch: WriteWatch;
}

type Outcome = Pick<FakeResult, "status" | "message"> & Partial<Pick<FakeResult, "updated" | "errors">>;

/** Applies one change by compare-and-set, and answers with the member as it is afterwards. */
export function applyChange(deps: ApplyDeps, change: FakeChange): FakeResult {
  const outcome = decide(deps, change);
  return { updated: [], errors: {}, ...outcome, ...deps.django.standing(change.kennitala), writeId: change.writeId ?? "" };
}

function decide(deps: ApplyDeps, change: FakeChange): Outcome {
  const { django, flaws } = deps;
  const { kennitala: ssn, writeId, expectedRevision: expected, action } = change;
  const { row, revision } = django.member(ssn);
  if (isForeign(django, change)) return { status: "stale", message: "The change was made for another history." };
  if (writeId !== undefined) {
    const kept = flaws.forgetsWriteIds === true ? undefined : deps.writes.get(writeId);
    if (kept !== undefined && kept.ssn !== ssn) return { status: "error", message: "This write id was used for another member." };
    if (kept !== undefined) return { status: kept.status, updated: kept.updated, errors: kept.errors, message: "Already applied." };
    if (action === "cancel") return keptAs(deps, change, { status: "rejected", message: "Cancelled." });
    // No revision expected: there was never such a member. One that was removed leaves its revision behind.
    const isCurrent = expected === revision || (expected === null && row === undefined && revision === 0);
    if (!isCurrent && flaws.comparesNothing !== true) return { status: "stale", message: "The member has changed since." };
  }
  if (row === undefined && action === "delete" && writeId !== undefined) {
    django.remove(ssn, { writeId });
    return keptAs(deps, change, { status: "success", message: "There is no such member." });
  }
  const creates = action === "create" || action === "upsert" || (writeId !== undefined && expected === null);
  if (row === undefined && !creates) return { status: "error", message: "Member not found" };
  return keptAs(deps, change, write(deps, change, row?.values));
}

/** A first create names no lineage: only its time shows a copy of it that comes after a restore. */
function isForeign(django: FakeDjango, { lineage, expectedRevision, emittedAt }: FakeChange): boolean {
  if (typeof lineage === "string") return lineage !== django.lineage;
  return typeof expectedRevision !== "number" && typeof emittedAt === "number" && emittedAt <= django.lineageSince;
}

function keptAs({ writes }: ApplyDeps, { kennitala: ssn, writeId }: FakeChange, outcome: Outcome): Outcome {
  const { status, updated = [], errors = {} } = outcome;
  if (writeId !== undefined && (status === "success" || status === "rejected")) writes.set(writeId, { ssn, status, updated, errors });
  return outcome;
}

function write({ django, host, watch }: ApplyDeps, change: FakeChange, before: Values | undefined): Outcome {
  const given = change.action === "delete" ? { [STATUS_PATH]: "inactive" } : change.changes;
  const { stored, errors } = check(host, given, before === undefined);
  const lacks = before === undefined && host.required.some((path) => path in errors);
  const isNothingLeft = Object.keys(stored).length === 0 && Object.keys(errors).length > 0;
  if (lacks || isNothingLeft) return { status: "rejected", message: "Nothing could be written.", errors };
  const { kennitala: ssn, writeId } = change;
  if (writeId !== undefined) {
    const taken = Object.entries(given).filter(([path]) => path in stored);
    watch({ ssn, given: Object.fromEntries(taken), before, stored });
  }
  django.write(ssn, stored, writeId === undefined ? { actor: "api" } : { writeId });
  return { status: "success", message: "", errors, updated: Object.keys(stored) };
}

interface CheckedChanges {
  readonly stored: Record<string, Scalar>;
  readonly errors: Record<string, PathRejection>;
}

function check(host: Host, given: FakeChange["changes"], isNew: boolean): CheckedChanges {
  const stored: CheckedChanges["stored"] = {};
  const errors: CheckedChanges["errors"] = {};
  for (const [path, value] of Object.entries(given)) {
    const checked = host.check(path, value);
    if ("code" in checked) errors[path] = checked;
    else stored[path] = checked.value;
  }
  const missing = isNew ? host.required.filter((path) => stored[path] === undefined) : [];
  for (const path of missing) errors[path] ??= { code: "required", message: "This field is required." };
  rejectAddressTogether(stored, errors);
  return { stored, errors };
}

/** The address changes as one value, so it is rejected as one. */
function rejectAddressTogether(stored: CheckedChanges["stored"], errors: CheckedChanges["errors"]): void {
  const [rejected] = Object.keys(errors).filter((path) => path.startsWith("address."));
  const code = rejected === undefined ? undefined : errors[rejected]?.code;
  if (code === undefined) return;
  for (const path of Object.keys(stored).filter((candidate) => candidate.startsWith("address."))) {
    delete stored[path];
    errors[path] = { code, message: `Rejected together with ${rejected}.` };
  }
}
