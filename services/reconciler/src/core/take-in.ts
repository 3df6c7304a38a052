import type { GroupName } from "@member-sync/shared/member/member-record.ts";
import { compareRevisions, type Revision } from "@member-sync/shared/member/revision.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { takeAnswer } from "./answer.ts";
import { absorb, endFlight, lateCreate } from "./absorb.ts";
import { firstSeenAt, isSame, type Draft, type SideDraft } from "./draft.ts";
import { takeEdit } from "./edit.ts";
import { hearOfRemoval, reviewEditOfDeleted, takeLife } from "./life.ts";

/** Takes one observation into the draft: what differs from the side's shadow, and is not our own write, is an edit. */
export function takeIn(draft: Draft, observation: Observation): void {
  takeAnswer(draft, observation);
  const known = draft.sides[observation.side];
  if (known !== undefined && !isNews(draft, observation, known.revision)) return; // P6: a duplicate, or late
  draft.changed = true;

  const side = (draft.sides[observation.side] ??= unseenSide(observation));
  const isAnother = isAnotherDocument(side, observation);
  if (isAnother || lateCreate(draft, observation) !== undefined) hearOfRemoval(draft, side, observation);
  const written = absorb(draft, side, observation);
  const answersOurs = observation.answer !== undefined && observation.answer.writeId === draft.out[observation.side]?.writeId;
  endFlight(draft, observation);
  const before = isAnother ? "missing" : side.life;
  side.revision = observation.revision;
  side.life = observation.life;
  if (observation.created === undefined) delete side.created;
  else side.created = observation.created;
  side.djangoId = observation.djangoId;
  if (observation.side === "django" && observation.djangoId !== null) draft.djangoId = observation.djangoId;

  const isTaken = takeLife(draft, side, observation, { before, firstSight: known === undefined, answersOurs });
  if (!isTaken && observation.life !== "missing") {
    takeGroups(draft, side, observation, { firstSight: before === "missing", written });
  }
  recordRefusals(draft, observation);
  endWait(draft, observation);
}

/** Newer than all that is known; or the answer to our command by a side that found nothing to change. */
function isNews(draft: Draft, { side, revision, answer }: Observation, known: Revision): boolean {
  const order = compareRevisions(revision, known);
  return order > 0 || (order === 0 && answer?.status === "applied" && answer.writeId === draft.out[side]?.writeId);
}

/** P8: one that came to be at another time stands where the one we knew was removed, and nobody heard of that. */
function isAnotherDocument({ life, created }: SideDraft, observation: Observation): boolean {
  if (life === "missing" || observation.life === "missing") return false;
  return created !== undefined && observation.created !== undefined && observation.created !== created;
}

function takeGroups(
  draft: Draft,
  side: SideDraft,
  observation: Observation,
  context: { readonly firstSight: boolean; readonly written: ReadonlySet<GroupName> },
): void {
  let isEdited = false;
  forgetAbsent(side, observation);
  for (const [group, value] of Object.entries(observation.record)) {
    const base = side.shadow[group];
    side.shadow[group] = value;
    // A side that never held the member and has nothing in a group did not clear it: ours fills it.
    if (isSame(draft, group, value, base)) continue;
    const changedAt = firstSeenAt(draft, observation, group, value);
    side.stamps[group] = { changedAt, actor: observation.actor };
    const rewritten = context.written.has(group);
    takeEdit(draft, side, observation, { group, value, base, changedAt, firstSight: context.firstSight, rewritten });
    isEdited = true;
  }
  if (isEdited && !context.firstSight) reviewEditOfDeleted(draft, side, observation);
}

/** What the side held and no longer carries was not cleared (that would be null): ours is kept, and sent there again. */
function forgetAbsent(side: SideDraft, observation: Observation): void {
  for (const group of Object.keys(side.shadow)) {
    if (group in observation.record) continue;
    delete side.shadow[group];
    delete side.seen[group];
  }
}

function unseenSide(observation: Observation): SideDraft {
  return { revision: observation.revision, shadow: {}, life: "missing", djangoId: null, seen: {}, seenLife: 0, stamps: {} };
}

function endWait(draft: Draft, observation: Observation): void {
  const wait = draft.waiting[observation.side];
  if (wait !== undefined && compareRevisions(wait.observation.revision, observation.revision) <= 0) {
    delete draft.waiting[observation.side];
  }
}

/** Changes that this side's editors may not make, and paths that nothing maps: they do not propagate, and are told. */
function recordRefusals(draft: Draft, observation: Observation): void {
  const { side, actor, changedAt } = observation;
  const tell = (outcome: "refused" | "unmapped", rule: string) => (path: string) =>
    draft.history.push({ group: path, outcome, side, actor, changedAt, value: null, other: null, ver: 0, rule });
  observation.refused?.forEach(tell("refused", "not-steerable"));
  observation.unmapped?.forEach(tell("unmapped", "no-field-maps-it"));
}
