import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Answer } from "@member-sync/shared/messages/observation.ts";
import { leftOutOf, type MarkedSnapshot } from "./own-mark.ts";
import type { WriteOutcome } from "./ports.ts";
import type { PlannedWrite, Refusals } from "./write-of.ts";

/** How a command ended: with an answer, or not yet, for trouble that may pass. */
export type Settled = { readonly kind: "answered"; readonly answer: Answer } | { readonly kind: "again"; readonly error: unknown };

/**
 * Decides from what the document holds now, not from what the write reported (P7): a lost reply looks like a
 * failure, and a failure that was reported may be our own earlier write. Only a mark that we signed counts.
 *
 * @param outcome `undefined` when nothing was tried
 */
export function settle(
  command: ApplyCommand,
  planned: PlannedWrite,
  outcome: WriteOutcome | undefined,
  snapshot: MarkedSnapshot | undefined,
): Settled {
  const { writeId } = command;
  if (planned.kind === "look") return answered({ writeId, status: "stale" });
  const { rejected } = planned;
  if (snapshot?.mark.kind === "valid" && snapshot.mark.writeId === writeId) {
    return answered({ writeId, status: "applied", ...named(leftOutBy(snapshot.mark.refused, rejected)) });
  }
  if (outcome === undefined) return answered({ writeId, status: "rejected", ...named(rejected) });
  if ((snapshot?.revision ?? null) !== command.expectRevision) return answered({ writeId, status: "stale" });
  switch (outcome.kind) {
    case "spent": // P8: it made a document, which somebody removed
      return answered({ writeId, status: "stale" });
    case "invalid":
      return answered({ writeId, status: "rejected", ...named(everything(command, rejected, outcome.reason)) });
    case "unsure":
      return { kind: "again", error: outcome.error };
    case "written":
      return { kind: "again", error: new SyncError("store_unavailable", { reason: "a write was reported and is not there" }) };
    case "unmet":
      return { kind: "again", error: new SyncError("store_unavailable", { reason: "the document moved and came back" }) };
  }
}

/** Another version of the tracker may have written it, by another field map: the mark knows what was left out. */
function leftOutBy(groups: readonly string[], rejected: Refusals): Refusals {
  const own = Object.entries(rejected).filter(([group]) => groups.includes(group));
  return { ...leftOutOf(groups), ...Object.fromEntries(own) };
}

function answered(answer: Answer): Settled {
  return { kind: "answered", answer };
}

function named(rejected: Refusals): { readonly rejected?: Record<string, Refusals[string]> } {
  return Object.keys(rejected).length === 0 ? {} : { rejected: { ...rejected } };
}

/** `life` stands for the member's life where a command carries no group. */
function everything(command: ApplyCommand, rejected: Refusals, message: string): Refusals {
  const names = [...Object.keys(command.groups), ...(command.life === undefined ? [] : ["life"])];
  return { ...Object.fromEntries(names.map((name) => [name, { code: "invalid", message }])), ...rejected };
}
