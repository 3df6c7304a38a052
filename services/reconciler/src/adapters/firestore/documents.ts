import { Timestamp, type DocumentData } from "@google-cloud/firestore";
import { invariant } from "@member-sync/shared/errors/sync-error.ts";
import type { Conflict } from "../../core/conflict.ts";
import type { HistoryRecord } from "../../core/history.ts";
import type { Hub, Parked } from "../../core/hub.ts";

/** Version of the stored form. A later one reads the earlier ones. */
export const FORMAT = 1;

/**
 * A hub as it is stored: JSON text in one field. Nobody queries what is in it, and as nested maps it would take the
 * client most of the time that a commit has (docs/performance.md).
 */
export function textOf(hub: Hub): string {
  return JSON.stringify(hub);
}

/** A value as Firestore takes it (members left undefined are dropped), and its rough size. */
export function plain(value: object): { readonly fields: DocumentData; readonly bytes: number } {
  const text = JSON.stringify(value);
  const fields: unknown = JSON.parse(text);
  invariant(isFields(fields), "what is stored is a document");
  return { fields, bytes: Buffer.byteLength(text) };
}

/** The compare-and-set token of a document: its update time in nanoseconds. */
export function tokenOf(updateTime: Timestamp | undefined): string {
  invariant(updateTime !== undefined, "a document that exists has an update time");
  return `${updateTime.seconds}${String(updateTime.nanoseconds).padStart(9, "0")}`;
}

export function updateTimeOf(token: string): Timestamp {
  return new Timestamp(Number(token.slice(0, -9)), Number(token.slice(-9)));
}

export function readHub(fields: DocumentData | undefined): Hub {
  const text: unknown = fields?.["hub"];
  invariant(typeof text === "string", "a stored hub is JSON text");
  const hub: unknown = JSON.parse(text);
  invariant(isHub(hub), "a stored hub is readable");
  return withNotices(hub);
}

/** Marks of open conflicts that an earlier version stored do not tell when people were last notified. */
function withNotices(hub: Hub): Hub {
  const marks = [hub.life, ...Object.values(hub.groups)].flatMap((register) => register.parked ?? []);
  if (marks.every((mark) => noticed(mark) === mark)) return hub;
  const groups = Object.entries(hub.groups).map(([name, register]) => {
    const { parked } = register;
    return [name, parked === undefined ? register : { ...register, parked: noticed(parked) }] as const;
  });
  const { parked } = hub.life;
  return { ...hub, groups: Object.fromEntries(groups), life: parked === undefined ? hub.life : { ...hub.life, parked: noticed(parked) } };
}

function noticed(mark: Parked): Parked {
  return Object.hasOwn(mark, "noticedAt") ? mark : { ...mark, noticedAt: mark.openedAt };
}

export function readConflict(fields: DocumentData): Conflict {
  const { format: _, ...conflict } = fields;
  invariant(isConflict(conflict), "a stored conflict is readable");
  return conflict;
}

export function readHistory(fields: DocumentData): HistoryRecord {
  const { format: _, rev: __, ...record } = fields;
  invariant(isHistory(record), "a stored history record is readable");
  return record;
}

function isFields(value: unknown): value is DocumentData {
  return typeof value === "object" && value !== null;
}

function isHub(value: unknown): value is Hub {
  return has(value, "memberRef", "kennitala", "rev", "groups", "life", "sides", "out", "waiting");
}

function isConflict(value: unknown): value is Conflict {
  return has(value, "id", "memberRef", "group", "state", "cause", "openedAt", "expected", "agreed", "django", "firestore");
}

function isHistory(value: unknown): value is HistoryRecord {
  return has(value, "id", "memberRef", "at", "revisions", "entries");
}

function has(value: unknown, ...names: readonly string[]): boolean {
  return typeof value === "object" && value !== null && names.every((name) => Object.hasOwn(value, name));
}
