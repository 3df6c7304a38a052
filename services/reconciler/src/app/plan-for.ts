import { compareRevisions } from "@member-sync/shared/member/revision.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { hold, waitingIn } from "../core/hold.ts";
import { isSuspended } from "../core/read-hub.ts";
import type { Hub } from "../core/hub.ts";
import { isLook } from "../core/look-id.ts";
import { plan, type Plan } from "../core/plan.ts";
import type { Policy } from "../core/policy.ts";

/** When the reconciler acts: as changes arrive, or when it is told to flush. */
export type Mode = "realtime" | "scheduled";

/**
 * What to do with a member's new observations: plan them at once or, in scheduled mode, let them wait in the hub.
 * Answers to commands never wait: they are the end of work that a flush began. Answers to looks wait like edits.
 */
export function planFor(mode: Mode, hub: Hub | undefined, observations: readonly Observation[], policy: Policy, now: number): Plan {
  if (mode === "realtime") return plan(hub, observations, policy, now);
  const edits = observations.filter((observation) => !endsCommand(observation));
  const answers = observations.filter(endsCommand);
  const held = hold(hub, edits, policy, now);
  if (answers.length === 0) return held;
  const known = edits.length === 0 ? hub : held.hub;
  return joined(held, plan(known, [...lostByOvertaking(known, answers, policy), ...answers], policy, now));
}

/**
 * The queued observations that an answer overtakes and that alone show what was lost with a replaced document: planned with
 * the answer, or the values would be lost with them (P1).
 */
function lostByOvertaking(hub: Hub | undefined, answers: readonly Observation[], policy: Policy): readonly Observation[] {
  if (hub === undefined) return [];
  return waitingIn(hub, policy).filter(({ side, revision, replaced }) => {
    if (replaced === undefined || isSuspended(hub, side)) return false;
    return answers.some((answer) => answer.side === side && compareRevisions(answer.revision, revision) >= 0);
  });
}

/** Both plans as one: what was noted while holding edits is stored with what the answers came to. */
function joined(held: Plan, planned: Plan): Plan {
  const isOverruled = ({ id }: Plan["conflicts"][number]) => planned.conflicts.some((conflict) => conflict.id === id);
  return {
    ...planned,
    changed: held.changed || planned.changed,
    conflicts: [...held.conflicts.filter((conflict) => !isOverruled(conflict)), ...planned.conflicts],
    notices: [...held.notices.filter((conflict) => !isOverruled(conflict)), ...planned.notices],
    history: [...held.history, ...planned.history],
  };
}

function endsCommand({ answer }: Observation): boolean {
  return answer !== undefined && !isLook(answer.writeId);
}

/** Plans what waits in a hub: the flush's own step. */
export function planWaiting(hub: Hub, policy: Policy, now: number): Plan {
  return plan(hub, waitingIn(hub, policy), policy, now);
}

/** Plans what waits for the restore of a side; `undefined` where nothing does. */
export function planSuspended(hub: Hub, policy: Policy, now: number): Plan | undefined {
  const suspended = waitingIn(hub, policy).filter(({ side }) => isSuspended(hub, side));
  return suspended.length === 0 ? undefined : plan(hub, suspended, policy, now);
}
