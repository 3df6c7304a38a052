import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { KnownLife } from "./facts.ts";
import type { Hub, SideState } from "./hub.ts";
import type { Planning } from "./policy.ts";

/** One observation beside what is known of its side. */
export interface Reading {
  readonly hub: Hub;
  readonly observation: Observation;
  readonly planning: Planning;
  readonly known: SideState | undefined;
  /** Whether the side had the member, our own write counted in. */
  readonly before: KnownLife;
}

/** Whether the side's content is there without anybody having changed it, as far as we know. */
export function isFirstMeeting(before: KnownLife): boolean {
  return before === "missing" || before === "unheard" || before === "restored";
}

/** P8: another document, or another row, stands where the one we knew was removed, and nobody heard of that. */
export function isAnotherMember(known: SideState | undefined, { side, life, created, djangoId }: Observation): boolean {
  if (known === undefined || known.life === "missing" || life === "missing") return false;
  if (side === "django") return known.djangoId !== null && djangoId !== null && djangoId !== known.djangoId;
  return known.created !== undefined && created !== undefined && created !== known.created;
}
