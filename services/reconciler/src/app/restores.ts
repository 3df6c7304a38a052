import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { Hub, Instant } from "../core/hub.ts";
import type { Direction, Policy } from "../core/policy.ts";
import { isSuspended } from "../core/read-hub.ts";
import type { ConfirmedRestore, Control, Suspicion } from "./ports.ts";

/**
 * A confirmation that names no lineage holds for whatever the side tells, and only this long: it must not confirm the next
 * restore, of which nobody knows yet.
 */
const WITHOUT_LINEAGE_MS = 24 * 60 * 60_000;

/** What one hub tells of a side that seems to have been restored from a backup. */
export interface Suspected {
  readonly side: Side;
  readonly from: string | null;
  readonly to: string | null;
  /** When the restore was confirmed under which the hub last read the side; 0 where none was. */
  readonly restoredAt: Instant;
}

export interface RestoreRequest {
  readonly side: Side;
  /** The side's lineage from now on; the one that was heard, where it is left out. */
  readonly lineage?: string;
  readonly reason: string;
}

export type Confirmation =
  | { readonly kind: "confirmed"; readonly control: Control; readonly restore: ConfirmedRestore; readonly wasSuspected: boolean }
  /** Several lineages were heard since, or the one that the operator names was never heard: `lineages`. */
  | { readonly kind: "ambiguous"; readonly lineages: readonly string[] };

/** Sides that hubs show to be suspended. */
export function suspectedIn(hubs: Iterable<Hub>): readonly Suspected[] {
  const found: Suspected[] = [];
  for (const hub of hubs) {
    for (const side of SIDES) {
      if (!isSuspended(hub, side)) continue;
      const { lineage = null, restoredAt = 0 } = hub.sides[side] ?? {};
      found.push({ side, from: lineage, to: hub.waiting[side]?.observation.lineage ?? null, restoredAt });
    }
  }
  return found;
}

/** Whether an operator has confirmed what the hub shows: whoever planned it did not know yet. */
export function isConfirmed({ restores }: Control, { side, to, restoredAt }: Suspected, now: Instant): boolean {
  const restore = restores.find((one) => one.side === side);
  if (restore === undefined || confirmedAtOf(restore, now) <= restoredAt) return false;
  return restore.lineage === null || to === null || restore.lineage === to;
}

/** Records what hubs show; `null` when the control tells it already. */
export function withSuspected(control: Control, found: readonly Suspected[], now: Instant): Control | null {
  const suspicions = found.reduce((known, one) => (isConfirmed(control, one, now) ? known : withOne(known, one, now)), control.suspicions);
  return suspicions === control.suspicions ? null : { ...control, suspicions };
}

function withOne(known: readonly Suspicion[], { side, from, to }: Suspected, now: Instant): readonly Suspicion[] {
  const suspicion = known.find((one) => one.side === side);
  if (suspicion === undefined) return [...known, { side, from, to: to === null ? [] : [to], since: now }];
  if (to === null || suspicion.to.includes(to)) return known;
  return known.map((one) => (one === suspicion ? { ...suspicion, to: [...suspicion.to, to] } : one));
}

/** What an operator's confirmation makes of the control. */
export function confirmRestore(control: Control, request: RestoreRequest, actor: string | null, now: Instant): Confirmation {
  const { side, reason } = request;
  const suspicion = control.suspicions.find((one) => one.side === side);
  const lineages = suspicion?.to ?? [];
  const before = control.restores.find((one) => one.side === side);
  // The lineage that was known before may still be the side's own: then those heard since are older ones, heard late.
  const isHeard = request.lineage !== undefined && [...lineages, suspicion?.from, before?.lineage].includes(request.lineage);
  const isNamed = request.lineage !== undefined && (lineages.length === 0 || isHeard);
  if (!isNamed && (lineages.length > 1 || request.lineage !== undefined)) return { kind: "ambiguous", lineages };
  const lineage = request.lineage ?? lineages[0] ?? null;
  // A lineage that nobody has heard may be mistyped: the one of the last confirmation ends only where another was heard.
  const last = isHeard || lineages.length > 0 ? (before?.lineage ?? null) : null;
  const others = [...(before?.ended ?? []), last, suspicion?.from ?? null, ...lineages];
  const restore: ConfirmedRestore = {
    side,
    lineage,
    ended: [...new Set(others)].flatMap((one) => (one === null || one === lineage ? [] : [one])),
    confirmedAt: Math.max(now, (before?.confirmedAt ?? 0) + 1),
    reason,
    actor,
  };
  const confirmed: Control = {
    ...control,
    suspicions: control.suspicions.filter((one) => one.side !== side),
    restores: [...control.restores.filter((one) => one.side !== side), restore],
  };
  return { kind: "confirmed", control: confirmed, restore, wasSuspected: suspicion !== undefined };
}

/** The direction that operators chose, less the sides that seem to have been restored. */
export function openDirection({ direction, suspicions }: Pick<Control, "direction" | "suspicions">): Direction {
  const isOpen = (side: Side) =>
    (direction === "both" || direction === `to-${side}`) && !suspicions.some((suspicion) => suspicion.side === side);
  if (isOpen("django")) return isOpen("firestore") ? "both" : "to-django";
  return isOpen("firestore") ? "to-firestore" : "none";
}

/** For the planner. What ended stays ended, also where the confirmation no longer holds. */
export function restoresIn({ restores }: Pick<Control, "restores">, now: Instant): NonNullable<Policy["restores"]> {
  return Object.fromEntries(
    restores.map((restore) => [restore.side, { lineage: restore.lineage, ended: restore.ended, confirmedAt: confirmedAtOf(restore, now) }]),
  );
}

/** 0 for a confirmation that no longer holds: no side was read before that. */
function confirmedAtOf({ lineage, confirmedAt }: ConfirmedRestore, now: Instant): Instant {
  return lineage === null && now - confirmedAt > WITHOUT_LINEAGE_MS ? 0 : confirmedAt;
}

export function latestConfirmation({ restores }: Pick<Control, "restores">): Instant {
  return Math.max(0, ...restores.map(({ confirmedAt }) => confirmedAt));
}
