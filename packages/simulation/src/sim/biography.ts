import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import { GROUPS, keyOf, type GroupName } from "./rules.ts";

/** Sets of edits of one group of one member are bits of a number, so a group has at most this many edits. */
export const MAX_EDITS = 30;

/** One edit that somebody made, and what its maker had seen. */
export interface Edit {
  readonly bit: number;
  readonly group: GroupName;
  readonly key: string;
  /** Edits of the group that the maker had seen; of two makers of the same value, what either had seen, and what both had. */
  past: number;
  sharedPast: number;
  /** Removals that the maker knew of. */
  pastRemovals: number;
  /** Made by the sync's owner, not by a side's people. */
  readonly by: Side | "hub";
  readonly isCreation: boolean;
  /** The sync could not hear of it: capture missed it, or it vanished while no service mapped its field. The ledger does not ask for it. */
  isUnseen: boolean;
  /** Given on both sides by people who knew nothing of each other. */
  readonly isTwin: boolean;
  /** Made on a side that went back to a dump from before it. */
  isRolledBack: boolean;
}

/** A removal or deactivation, and which edits of each group its maker had seen. */
export interface Removal {
  readonly bit: number;
  readonly past: Readonly<Record<GroupName, number>>;
}

interface Making {
  readonly isCreation?: boolean;
  readonly isUnseen?: boolean;
  readonly isTwin?: boolean;
}

type Knowledge = Record<GroupName, number>;

/** What somebody who looked at a side knew at a dump, and how many edits each group had. */
export interface SideKnowledge {
  readonly groups: Readonly<Knowledge>;
  readonly removals: number;
  readonly edits: readonly number[];
}

const NOTHING = (): Knowledge => ({ name: 0, email: 0, address: 0 });

/** What has truly happened to one member, kept apart from everything that the sync believes. */
export class Biography {
  readonly edits: Record<GroupName, Edit[]> = { name: [], email: [], address: [] };
  readonly removals: Removal[] = [];
  /** Edits that the history names as losers, with rule and value. */
  readonly lost: Knowledge = NOTHING();
  /** Old values that a person chose again, or that a backup brought back: who saw them before has not seen that. */
  readonly chosen: Knowledge = NOTHING();
  /**
   * Values that a restore brought back, or that stood in a document when a program wrote over our mark: whether who edits
   * there afterwards has seen them cannot be told, so it is right to ask a person or to go by policy (P4). It is never
   * right to lose one of them without a trace: P1 knows no such leave.
   */
  readonly unsure: Knowledge = NOTHING();
  /** Edits that the reconciler has heard of. */
  readonly heard: Knowledge = NOTHING();
  /** What somebody who edits on a side has seen. */
  readonly knows: Record<Side, Knowledge> = { django: NOTHING(), firestore: NOTHING() };
  readonly knowsRemovals: Record<Side, number> = { django: 0, firestore: 0 };
  writes = 0;
  decisions = 0;
  lifeDecisions = 0;
  creations = 0;
  reactivations = 0;
  /** Touches of people that changed nothing of what is kept equal, or that may not be made. */
  touches = 0;
  /** Times that a program replaced the document or a map of it. */
  replacements = 0;
  readonly #byKey: Record<GroupName, Map<string, Edit>> = { name: new Map(), email: new Map(), address: new Map() };

  isFull(group: GroupName): boolean {
    return this.edits[group].length >= MAX_EDITS;
  }

  find(group: GroupName, value: GroupValue | undefined): Edit | undefined {
    return this.#byKey[group].get(keyOf(value));
  }

  /** Somebody on a side gives the group a value. */
  edit(side: Side, group: GroupName, value: GroupValue, how: Making = {}): Edit {
    const edit = this.#note(side, group, value, this.knows[side][group], this.knowsRemovals[side], how);
    this.knows[side][group] |= edit.bit;
    return edit;
  }

  /** A person decides for a value that neither side holds, having seen what both hold. */
  decide(group: GroupName, value: GroupValue, seen: number): void {
    const looked = this.edits[group].filter(({ bit }) => (seen & bit) !== 0);
    const past = looked.reduce((known, edit) => known | edit.bit | edit.past, 0);
    const decided = this.#note("hub", group, value, past, 0, {});
    // Of a twin, only what both its makers had seen is sure to have been seen.
    decided.sharedPast &= looked.reduce((known, edit) => known | edit.bit | edit.sharedPast, 0);
  }

  choose(group: GroupName, value: GroupValue | undefined): void {
    this.chosen[group] |= this.find(group, value)?.bit ?? 0;
  }

  /** A side shows a value that came from elsewhere: who looks at it has seen its edit, and what its maker had seen. */
  show(side: Side, group: GroupName, value: GroupValue | undefined): void {
    const edit = this.find(group, value);
    if (edit !== undefined) this.knows[side][group] |= edit.bit | edit.past;
  }

  showRemovals(side: Side): void {
    this.knowsRemovals[side] |= (1 << this.removals.length) - 1;
  }

  /** The member is removed or deactivated on a side by somebody who knows what stands there. */
  remove(side: Side, isGone: boolean): void {
    const bit = 1 << this.removals.length;
    this.removals.push({ bit, past: { ...this.knows[side] } });
    // Whoever makes the member again begins afresh: they know of the removal, and of nothing that stood there.
    if (isGone) this.knows[side] = NOTHING();
    this.knowsRemovals[side] |= bit;
  }

  /** What is known on a side, to be put aside with a dump of it. */
  knowledgeOf(side: Side): SideKnowledge {
    return { groups: { ...this.knows[side] }, removals: this.knowsRemovals[side], edits: GROUPS.map((group) => this.edits[group].length) };
  }

  /** The side stands as it stood at a dump: what was done there since is gone, and whoever looks at it sees only what was. */
  rollBack(side: Side, then: SideKnowledge, standing: (group: GroupName) => GroupValue | undefined): void {
    this.knows[side] = { ...then.groups };
    this.knowsRemovals[side] = then.removals;
    for (const [at, group] of GROUPS.entries()) {
      for (const edit of this.edits[group].slice(then.edits[at] ?? 0)) if (edit.by === side) edit.isRolledBack = true;
      this.unsure[group] |= this.find(group, standing(group))?.bit ?? 0;
    }
  }

  hear(group: GroupName, value: GroupValue | undefined): void {
    if (value !== undefined) this.heard[group] |= this.find(group, value)?.bit ?? 0;
  }

  forgetHeard(): void {
    for (const group of GROUPS) this.heard[group] = 0;
  }

  isHeard({ group, bit }: Edit): boolean {
    return (this.heard[group] & bit) !== 0;
  }

  isUnsure({ group, bit }: Edit): boolean {
    return (this.unsure[group] & bit) !== 0;
  }

  doubt({ group, bit }: Edit): void {
    this.unsure[group] |= bit;
  }

  doubtAll(): void {
    for (const group of GROUPS) for (const edit of this.edits[group]) this.doubt(edit);
  }

  /** A program writes over our mark, and maybe over the group: nobody can tell any more what of ours had arrived there by then. */
  blur(group: GroupName): void {
    this.unsure[group] |= this.knows.firestore[group];
  }

  lose(group: GroupName, value: GroupValue | undefined): void {
    this.lost[group] |= this.find(group, value)?.bit ?? 0;
  }

  loseEdit({ group, bit }: Edit): void {
    this.lost[group] |= bit;
  }

  /** Whether the maker of `later` had seen `earlier`, or knew of the removal that ended it. */
  knewOf(later: Edit, earlier: Edit): boolean {
    return (later.past & earlier.bit) !== 0 || this.#isEndedFor(later, earlier);
  }

  /** Whether the maker of `later` had seen an edit whose maker (one of two, for a twin) had seen `earlier`. */
  knewThrough(later: Edit, earlier: Edit): boolean {
    return this.edits[later.group].some(({ bit, past }) => (later.past & bit) !== 0 && (past & earlier.bit) !== 0);
  }

  isLost(edit: Edit): boolean {
    return (this.lost[edit.group] & edit.bit) !== 0;
  }

  isChosen(edit: Edit): boolean {
    return (this.chosen[edit.group] & edit.bit) !== 0;
  }

  /** Whether some removal was made by somebody who had seen the edit. */
  diedKnown(edit: Edit): boolean {
    return this.removals.some(({ past }) => (past[edit.group] & edit.bit) !== 0);
  }

  editCount(): number {
    return GROUPS.reduce((sum, group) => sum + this.edits[group].length, 0);
  }

  #isEndedFor(later: Edit, earlier: Edit): boolean {
    return this.removals.some(({ bit, past }) => (later.pastRemovals & bit) !== 0 && (past[earlier.group] & earlier.bit) !== 0);
  }

  #note(
    by: Side | "hub",
    group: GroupName,
    value: GroupValue,
    past: number,
    pastRemovals: number,
    { isCreation = false, isUnseen = false, isTwin = false }: Making,
  ): Edit {
    const known = this.find(group, value);
    if (known !== undefined) {
      // The same value given twice is one edit of two makers.
      known.sharedPast &= past;
      known.past |= past & ~known.bit;
      known.pastRemovals |= pastRemovals;
      return known;
    }
    const bit = 1 << this.edits[group].length;
    const edit: Edit = {
      bit,
      group,
      key: keyOf(value),
      past,
      sharedPast: past,
      pastRemovals,
      by,
      isCreation,
      isUnseen,
      isTwin,
      isRolledBack: false,
    };
    this.edits[group].push(edit);
    this.#byKey[group].set(edit.key, edit);
    return edit;
  }
}
