import { randomUUID } from "node:crypto";
import type { DocumentData } from "@google-cloud/firestore";
import type { Observation } from "@member-sync/shared/messages/observation.ts";

/** A hub of the form and size that the reconciler stores. Its contents mean nothing: the floor never reads one. */
export function hubDocument({ memberRef, kennitala, djangoId, record, changedAt, revision, answer }: Observation): DocumentData {
  const groups = Object.keys(record);
  const stamp = { changedAt, actor: null };
  const vers = Object.fromEntries(groups.map((group) => [group, 1]));
  const side = {
    revision,
    shadow: record,
    life: "alive",
    djangoId,
    seen: vers,
    seenLife: 1,
    stamps: Object.fromEntries(groups.map((group) => [group, stamp])),
  };
  const hub = {
    memberRef,
    kennitala,
    djangoId,
    rev: 1,
    plannedAt: changedAt,
    groups: Object.fromEntries(Object.entries(record).map(([group, value]) => [group, { value, ver: 1, side: "django", ...stamp }])),
    life: { state: "alive", ver: 1, incarnation: 1, side: "django", ...stamp },
    sides: { django: side, firestore: side },
    out: {},
    waiting: {},
  };
  return {
    format: 1,
    commitId: randomUUID(),
    memberRef,
    rev: 1,
    waitingFor: false,
    due: false,
    ...(answer === undefined ? { inFlightAt: changedAt } : {}),
    hub: JSON.stringify(hub),
  };
}

/** A history record of one accepted edit. */
export function historyDocument({ memberRef, side, revision, changedAt, record }: Observation): DocumentData {
  const group = side === "django" ? "phone" : "email";
  const value = record[group] ?? null;
  const entry = { group, outcome: "accepted", side, actor: null, changedAt, value, other: value, ver: 1, rule: "newer" };
  return {
    id: `${memberRef}-1`,
    memberRef,
    at: changedAt,
    revisions: { [side]: revision },
    entries: [entry],
    rev: 1,
    format: 1,
  };
}
