import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Answer } from "@member-sync/shared/messages/observation.ts";
import { programsOn } from "./deploy.ts";
import { isVersioned, lastGroup, observe, refusals } from "./observe.ts";
import { editOf, knewOf, union, type Content, type Fault, type MapVersion, type State, type Step, type WorldRules } from "./state.ts";

/** What carrying out one command comes to, by whichever program of its side gets it. */
export function applySteps(state: State, rules: WorldRules, command: ApplyCommand): readonly Step[] {
  return programsOn(state, command.side).map((map) => applyStep({ state, rules, command, map }));
}

/** One command as a program carries it out. */
interface Work {
  readonly state: State;
  readonly rules: WorldRules;
  readonly command: ApplyCommand;
  readonly map: MapVersion | undefined;
}

/** Compare, set, and answer with what stands there (DESIGN section 5). */
function applyStep(work: Work): Step {
  const { state, rules, command, map } = work;
  const { side } = command;
  const content = state.sides[side];
  const label = `${side} gets ${nameOf(command)}${map === "old" ? " by the old map" : ""}`;
  if (isOfOtherLineage(content, command)) return { label: `${label}: of another lineage`, state: answered(work, "stale") };
  const isDone = side === "django" ? content.landed.includes(command.writeId) : content.writeId === command.writeId;
  if (isDone && !hasFault(rules, "write-id-not-stored"))
    return { label: `${label}: already done`, state: answered(work, "applied", rejectedBefore(work)) };
  if (!stands(content, command, rules)) return { label: `${label}: stale`, state: answered(work, "stale") };
  const refused = refusedGroups(work);
  const chosen = union(state.chosen, unseenBy(work, refused));
  const tried: Work = { ...work, state: { ...state, chosen } };
  const isRefusedWhole = refused.length > 0 && refused.length === Object.keys(command.groups).length && command.life === undefined;
  if (isRefusedWhole) return { label: `${label}: refused`, state: answered(tried, "rejected", refused) };
  const next = written(work, refused);
  const broken = revived(content, command) ?? overwritten(state, command, refused);
  const taken = Object.entries(command.groups).map(([group, value]) => editOf(group, value));
  const rolledBack = state.rolledBack.filter((id) => !taken.includes(id));
  const landed = { ...tried.state, sides: { ...state.sides, [side]: next }, rolledBack, writes: state.writes + 1 };
  const echoed = { ...landed, observations: added({ ...work, state: landed }, {}) };
  return { label: `${label}: written`, state: answered({ ...work, state: echoed }, "applied", refused), ...(broken && { broken }) };
}

/** Values that land, or may land, after something else was said of them: rejected by an old map, or a create from before a restore. */
function unseenBy({ state, command, map }: Work, refused: readonly string[]): readonly string[] {
  const isLate = command.lineage === undefined && state.restored[command.side] !== undefined;
  const groups = isLate ? Object.keys(command.groups) : map === "old" ? refused : [];
  return groups.map((group) => editOf(group, command.groups[group]));
}

/** The side was restored since: no revision of before means anything there. */
function isOfOtherLineage({ lineage }: Content, command: ApplyCommand): boolean {
  return command.lineage !== undefined && command.lineage !== lineage;
}

/** Django keeps tombstones; Firestore knows only that there is no document, and which creates of ours it has carried out. */
export function stands(content: Content, { side, expectRevision, tombstone, writeId }: ApplyCommand, rules: WorldRules): boolean {
  if (hasFault(rules, "no-side-compare-and-set")) return (content.life === "missing") === (expectRevision === null);
  if (content.life !== "missing") return expectRevision === String(content.revision);
  if (side === "firestore" && content.landed.includes(writeId) && !hasFault(rules, "creates-land-twice")) return false;
  const isTombstoneMet = side === "firestore" || hasFault(rules, "tombstone-ignored") || content.revision === Number(tombstone ?? 0);
  return expectRevision === null && isTombstoneMet;
}

export function nameOf({ writeId, life, groups }: ApplyCommand): string {
  return `${writeId.split(".")[1]} ${life ?? ""}${JSON.stringify(groups)}`;
}

export function hasFault(rules: WorldRules, fault: Fault): boolean {
  return rules.faults?.has(fault) ?? false;
}

function written({ state, rules, command }: Work, refused: readonly string[]): Content {
  const { isTampered, lineage, ...content } = state.sides[command.side];
  const taken = Object.entries(command.groups).filter(([group]) => !refused.includes(group));
  const life = hasFault(rules, "every-write-revives") ? "alive" : (command.life ?? content.life);
  const isStored = !hasFault(rules, "write-id-not-stored");
  return {
    record: { ...content.record, ...Object.fromEntries(taken) },
    life,
    revision: content.revision + 1,
    writeId: isStored ? command.writeId : null,
    djangoId: command.side === "firestore" ? command.djangoId : (content.djangoId ?? 7),
    created: content.life === "missing" ? content.revision + 1 : content.created,
    rejected: command.side === "django" || isVersioned(rules) ? refused : [],
    ...(lineage !== undefined && { lineage }),
    ...(isTampered && command.life === undefined && { isTampered }),
    landed: command.side === "django" || command.expectRevision === null ? [...content.landed, command.writeId] : content.landed,
    knows: union(
      content.knows,
      ...taken.map(([group, value]) => seenWith(state, group, editOf(group, value))),
      command.life === undefined ? [] : state.removals,
    ),
  };
}

/** Who sees a value has seen its edit, and of the same group what that edit's maker had seen. */
function seenWith(state: State, group: string, id: string): readonly string[] {
  return [id, ...(state.past[id] ?? []).filter((earlier) => earlier.startsWith(group))];
}

/** What Django would not take; and anywhere, the group that the program's map does not have. */
function refusedGroups({ rules, command: { side, groups }, map }: Work): readonly string[] {
  const unmapped = map === "old" && lastGroup(rules) in groups ? [lastGroup(rules)] : [];
  if (side !== "django") return unmapped;
  const invalid = Object.entries(groups).flatMap(([group, value]) => (rules.refused?.includes(editOf(group, value)) ? [group] : []));
  return union(unmapped, invalid);
}

/** A side keeps with the last write what it rejected of it. */
function rejectedBefore(work: Work): readonly string[] {
  return isVersioned(work.rules) ? work.state.sides[work.command.side].rejected : refusedGroups(work);
}

/** P8: no create lands on a removal that the hub did not know of. Firestore has no tombstones: there the planner must notice. */
function revived(content: Content, { side, tombstone }: ApplyCommand): string | undefined {
  const isUnknown = side === "django" && content.life === "missing" && content.revision !== Number(tombstone ?? 0);
  return isUnknown ? "P8: a create lands on a removal that it did not know of" : undefined;
}

/** P1: what a command replaces was seen by the maker of the new value, or the history names it. */
function overwritten(state: State, command: ApplyCommand, refused: readonly string[]): string | undefined {
  const content = state.sides[command.side];
  for (const [group, value] of Object.entries(command.groups)) {
    const standing = content.record[group];
    if (refused.includes(group) || standing === undefined || standing === value) continue;
    const old = editOf(group, standing);
    const isSeen = knewOf(state, editOf(group, value), old);
    const isEnded = Object.entries(state.past).some(
      ([later, seen]) => seen.includes(old) && (state.removals.includes(later) || state.lost.includes(later)),
    );
    if (old in state.past && !isSeen && !isEnded && !state.lost.includes(old))
      return `P1: ${old} is overwritten by ${editOf(group, value)}, unseen and unrecorded`;
  }
  return undefined;
}

function answered(work: Work, status: Answer["status"], refused: readonly string[] = []): State {
  const rejected = refused.length > 0 && { rejected: refusals(refused, work.rules) };
  return { ...work.state, observations: added(work, { answer: { writeId: work.command.writeId, status, ...rejected } }) };
}

function added({ state, rules, command, map }: Work, more: { readonly answer?: Answer }): State["observations"] {
  const next = observe(command.side, state.sides[command.side], rules, { ...more, map });
  const text = JSON.stringify(next);
  return state.observations.some((known) => JSON.stringify(known) === text) ? state.observations : [...state.observations, next];
}
