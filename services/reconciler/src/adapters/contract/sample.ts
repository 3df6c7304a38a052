import { createHash } from "node:crypto";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import type { HubCommit, Run } from "../../app/ports.ts";
import type { Conflict } from "../../core/conflict.ts";
import type { HistoryRecord } from "../../core/history.ts";
import type { Hub, InFlight } from "../../core/hub.ts";

const START = 1_790_000_000_000;
const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";

/** An instant `seconds` into the sample's time. */
export function at(seconds: number): number {
  return START + seconds * 1000;
}

/** A member reference that looks random, and is the same for the same name. */
export function refOf(name: string): MemberRef {
  const digest = createHash("sha256").update(name).digest();
  return [...digest.subarray(0, 20)].map((byte) => LETTERS.charAt(byte % 32)).join("");
}

/** `count` references of one scope, in ascending order. */
export function refsOf(scope: string, count: number): readonly MemberRef[] {
  return Array.from({ length: count }, (_, index) => refOf(`${scope}-${index}`)).toSorted();
}

/** A hub that both sides agree with. */
export function sampleHub(memberRef: MemberRef, changes: Partial<Hub> = {}): Hub {
  const stamp = { side: "django", actor: "user:3", changedAt: at(0) } as const;
  const side = {
    shadow: { email: "a@example.is", address: { street: "Laugavegur 1", postal_code: "101", city: null } },
    life: "alive",
    djangoId: 7,
    seen: { email: 1, address: 1 },
    seenLife: 1,
    stamps: { email: { changedAt: at(0), actor: null } },
  } as const;
  return {
    memberRef,
    kennitala: "0101307789",
    djangoId: 7,
    rev: 1,
    plannedAt: at(0),
    groups: {
      email: { ...stamp, value: "a@example.is", ver: 1 },
      address: { ...stamp, value: { street: "Laugavegur 1", postal_code: "101", city: null }, ver: 1 },
    },
    life: { ...stamp, state: "alive", ver: 1, incarnation: 1 },
    sides: { django: { ...side, revision: "12" }, firestore: { ...side, revision: "1790000000000000000" } },
    out: {},
    waiting: {},
    ...changes,
  };
}

export function sampleInFlight(changes: Partial<InFlight> = {}): InFlight {
  return {
    writeId: "w1",
    expectRevision: "12",
    groups: { email: "b@example.is" },
    vers: { email: 2 },
    djangoId: 7,
    emittedAt: at(0),
    ...changes,
  };
}

/** The commit of a hub, with one history record made for its rev. */
export function commitOf(hub: Hub, token: string | null, conflicts: readonly Conflict[] = []): HubCommit {
  return { hub, token, history: [sampleHistory(hub.memberRef, hub.rev)], conflicts };
}

export function sampleHistory(memberRef: MemberRef, rev: number): HistoryRecord {
  const entry = {
    group: "email",
    outcome: "accepted",
    side: "django",
    actor: null,
    changedAt: at(0),
    value: "b",
    other: null,
    ver: rev,
    rule: "newer",
  } as const;
  return { id: `${memberRef}-${rev}`, memberRef, at: at(0), revisions: { django: "12" }, entries: [entry] };
}

export function sampleConflict(memberRef: MemberRef, changes: Partial<Conflict> = {}): Conflict {
  const id = `${memberRef}-email-1`;
  return {
    id,
    memberRef,
    group: "email",
    state: "open",
    cause: "concurrent",
    openedAt: at(0),
    updatedAt: at(0),
    expected: `${id}.1`,
    agreed: null,
    django: { value: "d@example.is", changedAt: at(1), actor: "user:3" },
    firestore: { value: "f@example.is", changedAt: at(2), actor: null },
    ...changes,
  };
}

export function sampleNotice(id: string, changes: Partial<DeadLetterNotice> = {}): DeadLetterNotice {
  return {
    id,
    cause: "malformed",
    reason: "the data is not JSON",
    origin: "reconciler",
    topic: "member-changes-django",
    memberRef: null,
    side: "django",
    data: "{",
    attributes: { schema: "member-change.v1" },
    at: at(0),
    ...changes,
  };
}

export function sampleRun(id: string, changes: Partial<Run> = {}): Run {
  const none = { success: 0, failed: 0 };
  return {
    id,
    type: "flush",
    status: "running",
    stats: { firestore_to_django: none, django_to_firestore: none, conflicts: 0 },
    started_at: at(0),
    completed_at: null,
    error: null,
    ...changes,
  };
}
