import type { Side } from "@member-sync/shared/member/side.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Answer } from "@member-sync/shared/messages/observation.ts";
import { observe, refusals } from "./observe.ts";
import { editOf, knewOf, union, type Content, type Fault, type State, type Step, type WorldRules } from "./state.ts";

/** What carrying out one command comes to: compare, set, and answer with what stands there (DESIGN section 5). */
export function applyStep(state: State, rules: WorldRules, command: ApplyCommand): Step {
  const { side } = command;
  const content = state.sides[side];
  const label = `${side} gets ${nameOf(command)}`;
  const isDone = side === "django" ? content.landed.includes(command.writeId) : content.writeId === command.writeId;
  if (isDone && !hasFault(rules, "write-id-not-stored"))
    return { label: `${label}: already done`, state: answered(state, rules, command, "applied", refusedGroups(rules, command)) };
  if (!stands(content, command, rules)) return { label: `${label}: stale`, state: answered(state, rules, command, "stale") };
  const refused = refusedGroups(rules, command);
  const isRefusedWhole = refused.length > 0 && refused.length === Object.keys(command.groups).length && command.life === undefined;
  if (isRefusedWhole) return { label: `${label}: refused`, state: answered(state, rules, command, "rejected", refused) };
  const next = written(state, rules, command, refused);
  const broken = revived(content, command) ?? overwritten(state, command, refused);
  const landed = { ...state, sides: { ...state.sides, [side]: next }, writes: state.writes + 1 };
  const echoed = { ...landed, observations: added(landed, rules, side, {}) };
  return { label: `${label}: written`, state: answered(echoed, rules, command, "applied", refused), ...(broken && { broken }) };
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

function written(state: State, rules: WorldRules, command: ApplyCommand, refused: readonly string[]): Content {
  const content = state.sides[command.side];
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
    rejected: command.side === "django" ? refused : [],
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

function refusedGroups(rules: WorldRules, { side, groups }: ApplyCommand): readonly string[] {
  if (side !== "django") return [];
  return Object.entries(groups).flatMap(([group, value]) => (rules.refused?.includes(editOf(group, value)) ? [group] : []));
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

function answered(
  state: State,
  rules: WorldRules,
  { side, writeId }: ApplyCommand,
  status: Answer["status"],
  refused: readonly string[] = [],
): State {
  const rejected = refused.length > 0 && { rejected: refusals(refused) };
  return { ...state, observations: added(state, rules, side, { answer: { writeId, status, ...rejected } }) };
}

function added(state: State, rules: WorldRules, side: Side, more: { readonly answer?: Answer }): State["observations"] {
  const next = observe(side, state.sides[side], rules, more);
  const text = JSON.stringify(next);
  return state.observations.some((known) => JSON.stringify(known) === text) ? state.observations : [...state.observations, next];
}
