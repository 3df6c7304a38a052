import type { GroupValue, Life, MemberRecord, Scalar } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { FakeChange } from "../django/apply-change.ts";
import { FakeDjango } from "../django/fake-django.ts";
import { STATUS_PATH, type Host } from "../django/host.ts";
import { FakeFirestore } from "../firestore/fake-firestore.ts";
import { valueAt } from "../firestore/paths.ts";

/** The content of a member on one side, by group. */
export interface Held {
  readonly record: MemberRecord;
  readonly life: Life;
  readonly revision: number;
  readonly writeId: string | null;
  readonly djangoId: number | null;
  /** Revision at which the document came to be. */
  readonly created?: string;
}

export interface Carried {
  readonly status: "applied" | "stale";
  /** Whether this very call changed something. */
  readonly isWritten: boolean;
}

/** One side at the level of groups, each group one field: the small worlds of the planner's tests use it. */
export interface GroupSide {
  /** A person edits a group, and creates the member where there is none; `false` when nothing changed. */
  edit(kennitala: string, group: string, value: GroupValue): boolean;
  remove(kennitala: string): void;
  /** Compare, set and read back, as the side's applier does it. */
  apply(command: ApplyCommand): Carried;
  held(kennitala: string): Held;
  /** Kennitölur of the members that the side holds. */
  members(): readonly string[];
}

/** Both fakes, each behind the work of its applier. Their clocks are fixed, so that revisions are small numbers. */
export function groupSides(): Readonly<Record<Side, GroupSide>> {
  return { django: djangoSide(), firestore: firestoreSide() };
}

const STAFF = { actor: "user:1" } as const;
const PORTAL = { authType: "app_user", authId: "uid-1" } as const;
const HOST: Host = {
  blank: {},
  required: [],
  check: (_, value) => (isScalar(value) ? { value } : { code: "invalid", message: "A group here is one field." }),
};

function djangoSide(): GroupSide {
  const django = new FakeDjango({ host: HOST, clock: () => 0 });
  const held = (kennitala: string): Held => {
    const { revision, life, djangoId, lastWriteId, record } = django.standing(kennitala);
    return { record: recordOf(record?.["groups"]), life, revision: Number(revision), writeId: lastWriteId, djangoId };
  };
  return {
    edit: (kennitala, group, value) => django.write(kennitala, { [pathOf(group)]: scalarOf(value) }, STAFF).length > 0,
    remove: (kennitala) => django.remove(kennitala, STAFF),
    apply(command) {
      const before = django.member(command.kennitala);
      const [result] = django.apply([changeOf(command)]);
      return { status: result?.status === "success" ? "applied" : "stale", isWritten: django.member(command.kennitala) !== before };
    },
    held,
    members: () => django.page("", Infinity),
  };
}

/** Django's revisions outlive the row: a create for a member that was removed expects the revision of the removal. */
function changeOf({ kennitala, writeId, life, groups, expectRevision, tombstone }: ApplyCommand): FakeChange {
  const expected = expectRevision ?? tombstone;
  const values = Object.entries(groups).map(([group, value]) => [pathOf(group), value] as const);
  return {
    kennitala,
    writeId,
    action: life === "deleted" ? "delete" : life === "alive" && expectRevision === null ? "create" : "update",
    changes: { ...Object.fromEntries(values), ...(life === "alive" && { [STATUS_PATH]: "active" }) },
    expectedRevision: expected === undefined ? null : Number(expected),
  };
}

function firestoreSide(): GroupSide {
  const firestore = new FakeFirestore(() => 0);
  const gone = new Map<string, number>();
  firestore.onChange(({ kennitala, after, eventTime }) => {
    if (after === undefined) gone.set(kennitala, Number(eventTime));
  });
  const held = (kennitala: string): Held => {
    const document = firestore.get(kennitala);
    if (document === undefined) return { record: {}, life: "missing", revision: gone.get(kennitala) ?? 0, writeId: null, djangoId: null };
    const { data, revision, created } = document;
    const [writeId, djangoId] = [valueAt(data, "metadata.write_id"), valueAt(data, "metadata.django_id")];
    return {
      record: recordOf(data["groups"]),
      life: valueAt(data, "metadata.is_deleted") === true ? "deleted" : "alive",
      revision: Number(revision),
      writeId: typeof writeId === "string" ? writeId : null,
      djangoId: typeof djangoId === "number" ? djangoId : null,
      created,
    };
  };
  return {
    edit(kennitala, group, value) {
      const before = firestore.get(kennitala)?.revision;
      return firestore.patch(kennitala, { groups: { [group]: value } }, [pathOf(group)], PORTAL).revision !== before;
    },
    remove: (kennitala) => void firestore.delete(kennitala, PORTAL),
    apply({ kennitala, writeId, djangoId, life, groups, expectRevision }) {
      const values = Object.entries(groups).map(([group, value]) => [pathOf(group), scalarOf(value)] as const);
      const own = { "metadata.write_id": writeId, "metadata.django_id": djangoId };
      const ended = life !== undefined && { "metadata.is_deleted": life === "deleted" };
      const once = expectRevision === null && { once: writeId };
      const set = { ...Object.fromEntries(values), ...own, ...ended };
      const [outcome] = firestore.apply([{ kennitala, expectRevision, ...once, set, serverTime: [] }]);
      return { status: held(kennitala).writeId === writeId ? "applied" : "stale", isWritten: outcome?.kind === "written" };
    },
    held,
    members: () => firestore.page(null, Infinity).map(([id]) => id),
  };
}

function pathOf(group: string): string {
  return `groups.${group}`;
}

function recordOf(groups: unknown): MemberRecord {
  const entries = typeof groups === "object" && groups !== null ? Object.entries(groups) : [];
  return Object.fromEntries(entries.flatMap(([group, value]: [string, unknown]) => (isScalar(value) ? [[group, value] as const] : [])));
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

function scalarOf(value: GroupValue): Scalar {
  if (isScalar(value)) return value;
  throw new TypeError("a group here is one field");
}
