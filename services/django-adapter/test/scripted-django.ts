import type { DjangoChange, DjangoMembers, DjangoResult, OutboxRow, PendingPage, ReadMember } from "../src/app/ports.ts";

/** Django's record carries every path that it maps, empty ones too. */
const NO_ADDRESS = { street: "", postal_code: "", city: "" };

/** A member as it stands. */
export function readMember(kennitala: string, more: Partial<ReadMember> = {}): ReadMember {
  return {
    kennitala,
    revision: "4",
    record: { profile: { name: "Anna", email: "anna@example.is", phone: null }, address: NO_ADDRESS },
    life: "alive",
    djangoId: 12,
    lastWriteId: "before",
    changedAt: 1_770_000_000_400,
    ...more,
  };
}

/** An outbox row with everything that a test does not care about. */
export function outboxRow(id: number, more: Partial<OutboxRow> = {}): OutboxRow {
  return {
    id,
    ssn: "0101302989",
    fieldsChanged: ["email"],
    createdAt: 1_770_000_000_000 + id,
    revision: String(id),
    record: { profile: { kennitala: "0101302989", name: "Anna", email: "anna@example.is", phone: null }, address: NO_ADDRESS },
    life: "alive",
    actor: "user:3",
    writeId: null,
    djangoId: 12,
    previousSsn: null,
    text: JSON.stringify({ id }),
    ...more,
  };
}

/** A result that says that the change was written. */
export function success(change: DjangoChange, more: Partial<DjangoResult> = {}): DjangoResult {
  return {
    writeId: change.writeId,
    status: "success",
    message: "",
    errors: {},
    revision: "6",
    record: { profile: { name: "Anna", email: "anna@example.is", phone: null }, address: NO_ADDRESS },
    life: "alive",
    djangoId: 12,
    lastWriteId: change.writeId,
    changedAt: 1_770_000_000_500,
    ...more,
  };
}

/** A Django in memory: an outbox whose rows leave when marked, and an `apply` that a test replaces. */
export interface ScriptedDjango extends DjangoMembers {
  readonly outbox: OutboxRow[];
  /** What was called, in order: `changes 0`, `mark 1,2`, `apply 3`. */
  readonly calls: string[];
  onApply: (changes: readonly DjangoChange[]) => Promise<readonly DjangoResult[]>;
  onCancel: (change: DjangoChange) => readonly DjangoResult[];
  onRead: (kennitalas: readonly string[]) => readonly ReadMember[];
  /** Runs before each call; throws for a Django that is down. */
  before: (call: string) => Promise<void> | void;
}

export function scriptedDjango(rows: readonly OutboxRow[] = [], unreadable: PendingPage["unreadable"] = []): ScriptedDjango {
  const outbox = [...rows];
  const broken = [...unreadable];
  const note = async (call: string) => {
    django.calls.push(call);
    await django.before(call);
  };
  const django: ScriptedDjango = {
    outbox,
    calls: [],
    before: () => undefined,
    onRead: (kennitalas) => kennitalas.map((kennitala) => readMember(kennitala)),
    onCancel: (change) => [success(change, { status: "rejected", revision: "4", lastWriteId: "before" })],
    onApply: (changes) => Promise.resolve(changes.map((change) => success(change))),
    async pendingChanges(after, limit) {
      await note(`changes ${after}`);
      const rest = [...outbox.map((row) => ({ id: row.id, row })), ...broken.map((item) => ({ id: item.id, item }))]
        .filter(({ id }) => id > after)
        .toSorted((a, b) => a.id - b.id);
      const page = rest.slice(0, limit);
      return {
        rows: page.flatMap((entry) => ("row" in entry ? [entry.row] : [])),
        unreadable: page.flatMap((entry) => ("item" in entry ? [entry.item] : [])),
        next: rest.length > limit ? (page.at(-1)?.id ?? null) : null,
      };
    },
    async markSynced(ids) {
      await note(`mark ${ids.join(",")}`);
      const before = outbox.length + broken.length;
      for (const list of [outbox, broken]) {
        for (let at = list.length - 1; at >= 0; at -= 1) if (ids.includes(list[at]?.id ?? -1)) list.splice(at, 1);
      }
      return before - outbox.length - broken.length;
    },
    async apply(changes) {
      const cancels = changes.filter(({ action }) => action === "cancel");
      const others = changes.filter(({ action }) => action !== "cancel");
      if (others.length > 0) await note(`apply ${others.length}`);
      if (cancels.length > 0) await note(`cancel ${cancels.length}`);
      const cancelled = cancels.flatMap((change) => django.onCancel(change));
      return [...(others.length > 0 ? await django.onApply(others) : []), ...cancelled];
    },
    async readMembers(kennitalas) {
      await note(`read ${kennitalas.length}`);
      return django.onRead(kennitalas);
    },
    async status() {
      await note("status");
      return { pending: outbox.length, oldestPendingAt: outbox[0]?.createdAt ?? null };
    },
  };
  return django;
}
