import { compareRevisions, type Revision } from "@member-sync/shared/member/revision.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Hub } from "../core/hub.ts";
import type { Planning } from "../core/policy.ts";

/**
 * How far ahead of our clock a commit time of Firestore may be, beyond the clock uncertainty. Long enough for our own
 * clock to be put back by an hour without a loss; a forged revision below it makes its member late for that long.
 */
const FIRESTORE_LEAD_MS = 2 * 3_600_000;
/** Django counts a member's changes: as many as these can not have been made between two that we hear of, or before the first. */
const DJANGO_LEAP = 10_000_000n;
const DJANGO_FIRST = 1_000_000_000n;

/**
 * Why an observation's revision cannot be true; `undefined` for one that can. One message with a revision of the future
 * would make every later observation of its member look late.
 */
export function futureRevision(hub: Hub | undefined, observation: Observation, planning: Planning): string | undefined {
  const limit = observation.side === "firestore" ? firestoreLimit(planning) : djangoLimit(hub);
  if (compareRevisions(observation.revision, limit) <= 0) return undefined;
  return observation.side === "firestore"
    ? "the revision is a commit time of the future"
    : "the revision is further ahead of the last one than Django can have counted";
}

function firestoreLimit({ policy, now }: Planning): Revision {
  return (BigInt(Math.trunc(now + policy.clockUncertaintyMs + FIRESTORE_LEAD_MS)) * 1_000_000n).toString();
}

function djangoLimit(hub: Hub | undefined): Revision {
  const known = [hub?.sides.django?.revision, hub?.waiting.django?.observation.revision].filter((revision) => revision !== undefined);
  const newest = known.toSorted(compareRevisions).at(-1);
  return (newest === undefined ? DJANGO_FIRST : BigInt(newest) + DJANGO_LEAP).toString();
}
