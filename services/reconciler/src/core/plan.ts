import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import type { Conflict } from "./conflict.ts";
import { hubOf, openDraft, type Draft } from "./draft.ts";
import { emit, markSeen } from "./emit.ts";
import type { HistoryRecord } from "./history.ts";
import type { Hub, Instant } from "./hub.ts";
import { conflictOf } from "./park.ts";
import type { Policy } from "./policy.ts";
import { takeIn } from "./take-in.ts";

/** What observations mean for both sides, as data: the new hub and everything that is to be stored or sent with it. */
export interface Plan {
  readonly hub: Hub;
  /** `false`: nothing new was in the observations, and nothing needs to be stored. */
  readonly changed: boolean;
  readonly commands: readonly ApplyCommand[];
  /** Conflicts that opened, changed or closed. */
  readonly conflicts: readonly Conflict[];
  readonly history: readonly HistoryRecord[];
}

/**
 * Plans what new observations of one member mean for both sides.
 *
 * Pure and total: equal inputs give equal plans, and no input throws. Observations must be of one member; order and
 * duplicates do not matter (P6). An edit by someone who had seen the hub's value is newer and is taken (P4); a group
 * that both sides changed, neither having seen the other, is resolved by `policy`, and is parked when the policy
 * leaves it to a person (P5). With no observations it emits what was waiting for its direction to open.
 *
 * @param hub what we knew before, or `undefined` for a member never seen (then there must be an observation)
 * @param now stamps history and new conflicts and makes write ids unique; it decides nothing
 */
export function plan(hub: Hub | undefined, observations: readonly Observation[], policy: Policy, now: Instant): Plan {
  const draft = openDraft(hub, observations[0], policy, now);
  for (const [at, observation] of observations.toSorted(bySideAndRevision).entries()) {
    if (at > 0) markSeen(draft); // what the one before brought; of the last, emit() takes note
    takeIn(draft, observation);
  }
  return closePlan(draft);
}

/** Emits the commands that the draft now calls for, and turns it into a plan. */
export function closePlan(draft: Draft): Plan {
  const commands = emit(draft);
  const open = Array.from(draft.touched, (group) => conflictOf(draft, group, "open")).filter((conflict) => conflict !== undefined);
  const hub = hubOf(draft);
  return { hub, changed: draft.changed, commands, conflicts: [...draft.closed, ...open], history: historyOf(draft, hub) };
}

function historyOf(draft: Draft, hub: Hub): readonly HistoryRecord[] {
  if (draft.history.length === 0) return [];
  const revisions = {
    ...(hub.sides.django && { django: hub.sides.django.revision }),
    ...(hub.sides.firestore && { firestore: hub.sides.firestore.revision }),
  };
  return [{ id: `${hub.memberRef}-${hub.rev}`, memberRef: hub.memberRef, at: draft.now, revisions, entries: draft.history }];
}

/** Each side's own order is its revisions; between the sides any order will do, as long as it is always the same. */
function bySideAndRevision(a: Observation, b: Observation): number {
  if (a.side === b.side) return compareRevisions(a.revision, b.revision);
  return a.side < b.side ? -1 : 1;
}
