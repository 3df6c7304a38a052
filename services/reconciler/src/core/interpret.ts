import type { GroupName, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { Observation, Refusal } from "@member-sync/shared/messages/observation.ts";
import { untouchedBy } from "./bounce.ts";
import { UNMAPPED, type Fact, type Rejection } from "./facts.ts";
import type { Hub, InFlight, SideState } from "./hub.ts";
import { changesIn } from "./interpret-groups.ts";
import { asMapped } from "./map-in-force.ts";
import { noveltyOf } from "./novelty.ts";
import { withoutOldMark } from "./old-mark.ts";
import { withOwnStatus } from "./own-status.ts";
import type { Planning } from "./policy.ts";
import { isAnythingParked } from "./read-hub.ts";
import { isAnotherMember, isFirstMeeting, type Reading } from "./reading.ts";
import { withStillMissing } from "./still-missing.ts";

/** The usual list: most observations have neither our own write in them nor notes. */
const NOTHING: readonly never[] = [];

/**
 * Compares one observation with what the hub knows of its side, and gives its meaning as facts. Changes nothing. A value
 * that differs from the side's shadow is an edit by somebody there, unless our own write explains it. Of the policy it reads
 * `same`, `restores`, and `maxBounces`: after so many, a group that our write did not change was changed back by the side.
 */
export function interpret(hub: Hub, reported: Observation, planning: Planning): readonly Fact[] {
  const rejection = rejectionIn(hub, reported);
  const observation = asMapped(hub, withUnmapped(reported, rejection), planning.policy);
  const rejected: readonly Fact[] = rejection === undefined ? NOTHING : [{ kind: "rejected", observation, rejection }];
  const novelty = noveltyOf(hub, observation, planning.policy);
  const known = hub.sides[observation.side];
  switch (novelty.kind) {
    case "suspended":
      return [{ kind: "suspended", observation }];
    case "late": // P6: a duplicate, or older than what we know
      return [...rejected, ...notesIn(observation, known, true), ...waitOf(hub, observation)];
    case "re-read": {
      const read = withStillMissing(hub, observation);
      return [
        ...rejected,
        ...groupFacts({ hub, observation: read, planning, known: novelty.known, before: "alive" }, novelty.known.shadow, novelty.groups),
        ...notesIn(read, known),
        ...waitOf(hub, observation),
      ];
    }
    case "restored":
      return [
        { kind: "restored", observation, restore: novelty.restore },
        // A value that the side rejected of our write goes by policy now, like all that differs there.
        ...newsOf({ hub, observation, planning, known: undefined, before: "restored" }, rejection).filter(
          ({ kind }) => kind !== "rejected",
        ),
      ];
    case "news": {
      const news = asWritten(hub, observation);
      return newsOf({ hub, observation: news, planning, known, before: known?.life ?? "unheard" }, rejection);
    }
  }
}

/** The observation without three false signs: an old mark of ours, a status that a client wrote, and lost groups that look cleared. */
function asWritten(hub: Hub, observation: Observation): Observation {
  return withStillMissing(hub, withOwnStatus(hub, withoutOldMark(hub, observation)));
}

/**
 * Facts of an observation newer than what we knew. Each is decided on the hub that those before it left:
 * - `rejected` first, so that what the side left out does not count as written;
 * - `life` of an unreported removal, so that nothing of the old content is left;
 * - `landed`, so that shadow and seen versions include our write;
 * - `moved`: revision and life are the observed ones from here on, and the command in flight ends;
 * - `life`, decided on what the editor had seen, before the new content counts;
 * - `read`, then `changed`, then `edited`: the shadow holds the content before its edits are decided;
 * - `compared`, after those edits; and `noted`, which compares lost values with the result.
 */
function newsOf(reading: Reading, rejection: Rejection | undefined): readonly Fact[] {
  const { hub, observation, known, before } = reading;
  const inFlight = rejection === undefined ? hub.out[observation.side] : rejection.isWhole ? undefined : withoutRefused(rejection);
  const late = lateCreate(hub, observation);
  const isAnother = isAnotherMember(known, observation);
  const wasRemovedUnheard = isAnother || late !== undefined;
  const own = ownWriteIn(
    reading,
    inFlight?.writeId === observation.writeId ? inFlight : late,
    wasRemovedUnheard ? {} : (known?.shadow ?? {}),
  );
  const answersOurs = observation.answer !== undefined && observation.answer.writeId === inFlight?.writeId;
  const lifeBefore = isAnother ? "missing" : (own.life ?? before);
  const life = {
    before: lifeBefore,
    now: observation.life,
    isAnother,
    isUnreported: false,
    isOldMark: known?.mark === observation.writeId,
    answersOurs,
  };
  const facts: Fact[] = rejection === undefined ? [] : [{ kind: "rejected", observation, rejection }];
  if (wasRemovedUnheard) facts.push(removalOf(observation, known));
  facts.push(...own.landed, { kind: "moved", observation }, { kind: "life", observation, life });
  if (observation.life !== "missing")
    facts.push(...groupFacts(lifeBefore === before ? reading : { ...reading, before: lifeBefore }, own.base, undefined, own.rewritable));
  if (own.landed.length > 0 && isAnythingParked(hub)) facts.push({ kind: "compared", observation });
  facts.push(...notesIn(observation, known));
  return facts;
}

/** What of an observation our own write explains. */
interface OwnWrite {
  readonly landed: readonly Fact[];
  /** What the side held before the observation's own step, our write counted in. */
  readonly base: MemberRecord;
  readonly life?: "alive" | "deleted" | undefined;
  /** Groups that this very step wrote. */
  readonly rewritable: readonly GroupName[];
}

function ownWriteIn(reading: Reading, landed: InFlight | undefined, shadow: MemberRecord): OwnWrite {
  if (landed === undefined) return { landed: NOTHING, base: shadow, rewritable: NOTHING };
  const { observation } = reading;
  const groups = Object.keys(landed.groups);
  const untouched = untouchedBy(reading, landed, shadow);
  // A program that does not map a group cannot see our write of it there; the side itself may tell what it left out.
  const isTold = observation.rejected !== undefined || observation.answer?.writeId === landed.writeId;
  const isUnknown = (group: GroupName) => !isTold && observation.unknown?.includes(group) === true;
  const written = groups.filter((group) => !untouched.includes(group) && !isUnknown(group));
  return {
    landed: [{ kind: "landed", observation, inFlight: landed, written, untouched }],
    base: { ...shadow, ...(written.length === groups.length ? landed.groups : picked(landed.groups, written)) },
    life: landed.life?.state,
    rewritable: observation.answer?.status === "applied" ? groups : NOTHING,
  };
}

function picked(record: MemberRecord, groups: readonly GroupName[]): MemberRecord {
  return Object.fromEntries(Object.entries(record).filter(([group]) => groups.includes(group)));
}

/** Whoever we knew there was removed, and we did not hear of it, nor of who did it. */
function removalOf(observation: Observation, known: SideState | undefined): Fact {
  const removal = {
    before: known?.life ?? "missing",
    now: "missing",
    isAnother: false,
    isUnreported: true,
    isOldMark: false,
    answersOurs: false,
  } as const;
  return { kind: "life", observation: { ...observation, life: "missing", actor: null }, life: removal };
}

/**
 * @param base what the side held before the observation's own step, our own write counted in
 * @param only the groups to read; all of them when `undefined`
 */
function groupFacts(
  reading: Reading,
  base: MemberRecord,
  only?: readonly GroupName[],
  rewritable: readonly GroupName[] = [],
): readonly Fact[] {
  const { observation } = reading;
  const { record, edits, stamps } = changesIn(reading, { base, only, rewritable });
  const isEdited = edits.length > 0 && !isFirstMeeting(reading.before);
  const newlyRead = (reading.known?.unread ?? NOTHING).filter((group) => group in record);
  const read = { kind: "read", observation, record, stamps, only, newlyRead } as const;
  if (edits.length === 0) return [read];
  const changed = { kind: "changed", observation, edits } as const;
  return isEdited ? [read, changed, { kind: "edited", observation }] : [read, changed];
}

/** What a side rejected of our command: reported by its answer, or by any observation of our write that is heard before it. */
function rejectionIn(hub: Hub, { answer, side, writeId, rejected }: Observation): Rejection | undefined {
  const inFlight = hub.out[side];
  if (inFlight === undefined) return undefined;
  const isAnswer = answer?.writeId === inFlight.writeId;
  if (!isAnswer && writeId !== inFlight.writeId) return undefined;
  const isWhole = isAnswer && answer.status === "rejected";
  const refusals = (isAnswer ? answer.rejected : rejected) ?? {};
  return isWhole || Object.keys(refusals).length > 0 ? { inFlight, refusals, isWhole } : undefined;
}

/** What of a command may still be in flight, or has landed, when some of it was rejected. */
export function withoutRefused({ inFlight, refusals }: Pick<Rejection, "inFlight" | "refusals">): InFlight {
  const keep = ([group]: readonly [string, unknown]) => !(group in refusals);
  return {
    ...inFlight,
    groups: Object.fromEntries(Object.entries(inFlight.groups).filter(keep)),
    vers: Object.fromEntries(Object.entries(inFlight.vers).filter(keep)),
  };
}

/** The create of ours that ended without an answer, and that this observation shows to have landed after all. */
function lateCreate(hub: Hub, { side, life, writeId, rejected: refusals = {} }: Observation): InFlight | undefined {
  const { django } = hub.sides;
  // Django keeps the write id of a removed row: one that was made anew shows it too, unless nobody was ever there.
  const isTelling = side === "firestore" || (django?.life === "missing" && django.revision === "0");
  if (life === "missing" || !isTelling) return undefined;
  const inFlight = hub.lateCreates?.find((create) => create.writeId === writeId);
  return inFlight && withoutRefused({ inFlight, refusals });
}

/** An observation that waited in the hub and has nothing more to say waits no longer. */
function waitOf({ waiting }: Hub, observation: Observation): readonly Fact[] {
  const held = waiting[observation.side]?.observation;
  const isHeld = held !== undefined && held.revision === observation.revision && held.lineage === observation.lineage;
  return isHeld ? [{ kind: "overtaken", observation }] : [];
}

/** A group that the side's own settings do not map could not be read there either, unless the record carries it. */
function withUnmapped(observation: Observation, rejection: Rejection | undefined): Observation {
  if (rejection === undefined) return observation;
  const isUnmapped = ([group, { code }]: readonly [GroupName, Refusal]) => code === UNMAPPED && !(group in observation.record);
  const unmapped = Object.entries(rejection.refusals)
    .filter(isUnmapped)
    .map(([group]) => group);
  return unmapped.length === 0 ? observation : { ...observation, unknown: [...(observation.unknown ?? []), ...unmapped] };
}

/** Forbidden, unmapped and replaced paths, unless the history has them already. */
function notesIn(observation: Observation, known: SideState | undefined, isLate = false): readonly Fact[] {
  const { refused, unmapped, replaced, revision } = observation;
  if (refused === undefined && unmapped === undefined && replaced === undefined) return NOTHING;
  return known?.heard?.includes(revision) === true ? [] : [{ kind: "noted", observation, isLate }];
}
