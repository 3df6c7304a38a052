import type { GroupName, GroupValue, Life, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { Observation, Refusal } from "@member-sync/shared/messages/observation.ts";
import type { ContentStamp, InFlight } from "./hub.ts";
import type { Restore } from "./policy.ts";

/** What we knew of the member on a side before an observation. `unheard`: nothing; `restored`: nothing that still holds. */
export const KNOWN_LIVES = ["unheard", "restored", "alive", "deleted", "missing"] as const;
export type KnownLife = (typeof KNOWN_LIVES)[number];

/** An edit of one group, as the rules see it: its value differs from the base, or, after a restore, from the hub's value. */
export interface Edit {
  readonly group: GroupName;
  readonly value: GroupValue;
  /** What the editor had before: the side's last known content, our own write counted in. */
  readonly base: GroupValue | undefined;
  readonly stamp: ContentStamp;
  /** The content of a member, or of a group, that was never read on this side: nobody changed it, it is simply there. */
  readonly isFirstSight: boolean;
  /** The first reading after an operator confirmed that the side was restored. */
  readonly isAfterRestore: boolean;
  /** The side altered what we had just written there, in the same step. */
  readonly isRewritten: boolean;
}

/** A refusal of a group that the side's own settings do not map: it cannot be written there, and nobody did anything wrong. */
export const UNMAPPED = "unmapped";

/** A side rejected our command, whole or in part. */
export interface Rejection {
  readonly inFlight: InFlight;
  readonly refusals: Readonly<Record<GroupName, Refusal>>;
  readonly isWhole: boolean;
}

/** Whether the side has the member, and what we knew of that. */
export interface LifeSeen {
  readonly before: KnownLife;
  readonly now: Life;
  /** Another row or document stands where the one that we knew was removed. */
  readonly isAnother: boolean;
  /** A removal that nobody reported, known only from what came after it. */
  readonly isUnreported: boolean;
  /** The write id there is one that we have read there before: a copy of the member, not a create of ours. */
  readonly isOldMark: boolean;
  /** The observation answers the command that was in flight. */
  readonly answersOurs: boolean;
}

/**
 * What one observation says, compared with what we knew: the words that the rules are written in. Facts of one
 * observation are decided in the order in which `interpret()` gives them.
 */
export type Fact = { readonly observation: Observation } & (
  | { readonly kind: "suspended" }
  | { readonly kind: "restored"; readonly restore: Restore }
  | { readonly kind: "rejected"; readonly rejection: Rejection }
  | {
      readonly kind: "landed";
      readonly inFlight: InFlight;
      readonly written: readonly GroupName[];
      readonly untouched: readonly GroupName[];
    }
  | { readonly kind: "moved" }
  | { readonly kind: "life"; readonly life: LifeSeen }
  | {
      readonly kind: "read";
      readonly record: MemberRecord;
      readonly stamps: Readonly<Record<GroupName, ContentStamp>>;
      readonly only: readonly GroupName[] | undefined;
      /** Groups that were unread until now: whoever decides on them saw another value, or none. */
      readonly newlyRead: readonly GroupName[];
    }
  | { readonly kind: "changed"; readonly edits: readonly Edit[] }
  | { readonly kind: "edited" }
  | { readonly kind: "compared" }
  /** `isLate`: nothing else of the observation counts any more. */
  | { readonly kind: "noted"; readonly isLate: boolean }
  | { readonly kind: "overtaken" }
);
export type FactKind = Fact["kind"];
export type FactOf<K extends FactKind> = Extract<Fact, { readonly kind: K }>;
