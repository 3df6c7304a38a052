import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import { programsOn } from "./deploy.ts";
import { observe, type Observed } from "./observe.ts";
import { editOf, union, type Content, type State, type Step, type WorldRules } from "./state.ts";

/** Everything that people may do next, within the world's budget. */
export function peopleSteps(state: State, rules: WorldRules): readonly Step[] {
  return [...SIDES.flatMap((side) => [...edits(state, rules, side), ...lifeSteps(state, rules, side)]), ...documentSteps(state, rules)];
}

function edits(state: State, rules: WorldRules, side: Side): readonly Step[] {
  const content = state.sides[side];
  const made = Object.keys(state.past).filter((id) => id[1] === side[0]).length;
  if (content.life === "missing" || made >= rules.edits[side]) return [];
  const sets = rules.groups.flatMap((group) => edit(state, rules, side, { group, id: `${group}${side[0]}${made + 1}` }));
  const isClearLeft = Object.keys(state.past).filter((id) => id.endsWith("-clear")).length < (rules.clears ?? 0);
  const [first] = rules.groups;
  const isCleared = first === undefined || content.record[first] === null || !isClearLeft;
  return isCleared ? sets : [...sets, ...edit(state, rules, side, { group: first, id: `${first}-clear`, value: null })];
}

interface Edited {
  readonly group: string;
  readonly id: string;
  /** The value, where it is not named as the edit is. */
  readonly value?: null;
}

function edit(state: State, rules: WorldRules, side: Side, { group, id, ...edited }: Edited): readonly Step[] {
  const value = edited.value === undefined ? id : edited.value;
  const content = state.sides[side];
  const past = { ...state.past, [id]: content.knows };
  const next = { ...content, record: { ...content.record, [group]: value }, knows: union(content.knows, [id]) };
  return changed({ ...state, past }, rules, next, { side, label: `${side} edits ${group} to ${value}` });
}

/** A program that does not know our fields replaces the document; a client writes a path that only we may write. */
function documentSteps(state: State, rules: WorldRules): readonly Step[] {
  const content = state.sides.firestore;
  if (content.life === "missing") return [];
  return [
    ...(state.replacements < (rules.replacements ?? 0) ? replace(state, rules, content) : []),
    ...(state.tamperings < (rules.tamperings ?? 0) ? tamper(state, rules, content) : []),
  ];
}

function replace(state: State, rules: WorldRules, content: Content): readonly Step[] {
  const [group = ""] = rules.groups;
  const replacements = state.replacements + 1;
  const id = `${group}fr${replacements}`;
  const past = { ...state.past, [id]: content.knows };
  const { isTampered: _, ...rest } = content;
  const next: Content = {
    ...rest,
    record: { [group]: id },
    writeId: null,
    djangoId: null,
    life: "alive",
    knows: union(content.knows, [id]),
  };
  const replaced = Object.keys(content.record).filter((name) => name !== group);
  const lost = replaced.map((name) => editOf(name, content.record[name])).filter((value) => !isHeardOf(state, value));
  return changed({ ...state, past, replacements, rolledBack: union(state.rolledBack, lost) }, rules, next, {
    side: "firestore",
    label: "the document is replaced",
    replaced,
  });
}

/** Whether the hub or Django ever had an edit of Firestore. */
function isHeardOf({ hub, sides }: State, id: string): boolean {
  return sides.django.knows.includes(id) || hub?.sides.firestore?.shadow[id[0] ?? ""] === id;
}

function tamper(state: State, rules: WorldRules, content: Content): readonly Step[] {
  const tamperings = state.tamperings + 1;
  const label = "a client writes the status";
  return changed({ ...state, tamperings }, rules, { ...content, isTampered: true }, { side: "firestore", label });
}

function lifeSteps(state: State, rules: WorldRules, side: Side): readonly Step[] {
  const content = state.sides[side];
  const steps: Step[] = [];
  const own = state.removals.filter((id) => id.startsWith(`remove-${side}`)).length;
  if (content.life !== "missing" && own < (rules.removals?.[side] ?? 0)) {
    steps.push(...remove(state, rules, side, { id: `remove-${side}-${own + 1}`, life: "missing" }));
  }
  const deactivated = state.removals.filter((id) => id.startsWith("deactivate")).length;
  if (side === "django" && content.life === "alive" && deactivated < (rules.deactivations ?? 0)) {
    steps.push(...remove(state, rules, side, { id: `deactivate-${deactivated + 1}`, life: "deleted" }));
  }
  if (content.life !== "alive" && state.creations < (rules.creations ?? 0)) steps.push(...create(state, rules, side));
  return steps;
}

interface Removal {
  readonly id: string;
  readonly life: "missing" | "deleted";
}

function remove(state: State, rules: WorldRules, side: Side, { id, life }: Removal): readonly Step[] {
  const { isTampered: _, ...content } = state.sides[side];
  const past = { ...state.past, [id]: content.knows };
  const gone =
    life === "missing" ? { record: {}, djangoId: null, created: 0, rejected: [], ...(side === "firestore" && { writeId: null }) } : {};
  // Whoever makes the member again begins afresh: they know of the removals, and of nothing that stood there.
  const knows = life === "missing" ? content.knows.filter((known) => state.removals.includes(known)) : content.knows;
  const next = { ...content, ...gone, life, knows: union(knows, [id]) };
  return changed({ ...state, past, removals: [...state.removals, id] }, rules, next, { side, label: `${side}: ${id}` });
}

/** A new member where there is none; where there is an inactive one in Django, its reactivation. */
function create(state: State, rules: WorldRules, side: Side): readonly Step[] {
  const content = state.sides[side];
  const creations = state.creations + 1;
  const isReactivation = content.life === "deleted";
  const label = `${side} ${isReactivation ? "reactivates" : "creates"}`;
  if (isReactivation) return changed({ ...state, creations }, rules, { ...content, life: "alive" }, { side, label });
  const [group = ""] = rules.groups;
  const id = `${group}${side[0]}c${creations}`;
  const past = { ...state.past, [id]: content.knows };
  const next: Content = {
    ...content,
    life: "alive",
    created: content.revision + 1,
    record: { [group]: id },
    djangoId: side === "django" ? 7 + creations : null,
    knows: union(content.knows, [id]),
  };
  return changed({ ...state, past, creations }, rules, next, { side, label });
}

interface Change extends Pick<Observed, "replaced"> {
  readonly side: Side;
  readonly label: string;
}

/** The change at the side's next revision, reported by any of the programs that run there. */
function changed(state: State, rules: WorldRules, content: Content, { side, label, ...more }: Change): readonly Step[] {
  const next = { ...content, revision: content.revision + 1 };
  const sides = { ...state.sides, [side]: next };
  return programsOn(state, side).map((map) => ({
    label: map === "old" ? `${label}, reported by the old map` : label,
    state: { ...state, sides, observations: [...state.observations, observe(side, next, rules, { ...more, map })] },
  }));
}
