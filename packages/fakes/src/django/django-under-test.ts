import type { Life, Scalar } from "@member-sync/shared/member/member-record.ts";
import { COLUMNS } from "./example-host.ts";

type Rejections = Readonly<Record<string, { readonly code: string; readonly message: string }>>;

/** As the adapter's port has it. */
export interface Change {
  readonly kennitala: string;
  readonly djangoId: number | null;
  readonly action: "create" | "update" | "delete" | "cancel";
  readonly changes: Readonly<Record<string, Scalar>>;
  readonly writeId: string;
  readonly expectedRevision: number | null;
  readonly lineage?: string;
  readonly emittedAt?: number;
}

interface Standing {
  readonly revision: string | null;
  readonly record: unknown;
  readonly life: Life;
  readonly djangoId: number | null;
  readonly lineage?: string;
}

export interface Result extends Standing {
  readonly writeId: string;
  readonly status: "success" | "stale" | "rejected" | "error";
  readonly message: string;
  readonly errors: Rejections;
  readonly lastWriteId: string | null;
  readonly lastWriteErrors?: Rejections;
  readonly changedAt: number | null;
}

export interface OutboxRow extends Standing {
  readonly id: number;
  readonly ssn: string;
  readonly fieldsChanged: readonly string[];
  readonly createdAt: number;
  readonly actor: string | null;
  readonly writeId: string | null;
  readonly writeErrors?: Rejections;
}

/** The adapter's port `DjangoMembers`, as far as the contract speaks of it. */
export interface DjangoMembers {
  pendingChanges(after: number, limit: number): Promise<{ readonly rows: readonly OutboxRow[]; readonly next: number | null }>;
  apply(changes: readonly Change[]): Promise<readonly Result[]>;
  readMembers(kennitalas: readonly string[]): Promise<readonly (Standing & { readonly kennitala: string })[]>;
  markSynced(ids: readonly number[]): Promise<number>;
  status(): Promise<{ readonly pending: number; readonly oldestPendingAt: number | null }>;
}

/** People who edit members in Django itself. Values by canonical path. */
export interface Staff {
  create(ssn: string, values: Readonly<Record<string, Scalar>>): Promise<void>;
  edit(ssn: string, values: Readonly<Record<string, Scalar>>): Promise<void>;
  remove(ssn: string): Promise<void>;
}

/** An implementation under test, with the columns of the example project. */
export interface DjangoUnderTest {
  readonly django: DjangoMembers;
  readonly staff: Staff;
}

type Request = (method: "POST" | "PATCH" | "DELETE", path: string, body?: unknown) => Promise<{ readonly status: number }>;

/** Staff who use the example project's own endpoints, below `/api/members/`. */
export function staffOverRest(request: Request): Staff {
  const send = async (...call: Parameters<Request>): Promise<void> => {
    const { status } = await request(...call);
    if (status >= 300) throw new Error(`the edit was answered with ${status}`);
  };
  return {
    create: (ssn, values) => send("POST", "", { ssn, ...bodyOf(values) }),
    edit: (ssn, values) => send("PATCH", `${ssn}/`, bodyOf(values)),
    remove: (ssn) => send("DELETE", `${ssn}/`),
  };
}

function bodyOf(values: Readonly<Record<string, Scalar>>): Readonly<Record<string, unknown>> {
  const body: Record<string, unknown> = {};
  const parts: Record<string, Record<string, unknown>> = {};
  for (const [path, value] of Object.entries(values)) {
    const [first, second] = COLUMNS.find((column) => column.path === path)?.place ?? [path];
    if (second === undefined) body[first] = value;
    else (parts[first] ??= {})[second] = value;
  }
  return { ...body, ...parts };
}
