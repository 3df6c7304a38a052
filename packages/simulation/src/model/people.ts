import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import { observe } from "./observe.ts";
import { union, type Content, type State, type Step, type WorldRules } from "./state.ts";

/** Everything that people may do next, within the world's budget. */
export function peopleSteps(state: State, rules: WorldRules): readonly Step[] {
  return SIDES.flatMap((side) => [...edits(state, rules, side), ...lifeSteps(state, rules, side)]);
}

function edits(state: State, rules: WorldRules, side: Side): readonly Step[] {
  const content = state.sides[side];
  const made = Object.keys(state.past).filter((id) => id[1] === side[0]).length;
  if (content.life === "missing" || made >= rules.edits[side]) return [];
  const sets = rules.groups.map((group) => edit(state, rules, side, group, `${group}${side[0]}${made + 1}`));
  const isClearLeft = Object.keys(state.past).filter((id) => id.endsWith("-clear")).length < (rules.clears ?? 0);
  const [first] = rules.groups;
  const clears =
    isClearLeft && first !== undefined && content.record[first] !== null ? [edit(state, rules, side, first, `${first}-clear`, null)] : [];
  return [...sets, ...clears];
}

function edit(state: State, rules: WorldRules, side: Side, group: string, id: string, value: string | null = id): Step {
  const content = state.sides[side];
  const past = { ...state.past, [id]: content.knows };
  const next = { ...content, record: { ...content.record, [group]: value }, knows: union(content.knows, [id]) };
  return { label: `${side} edits ${group} to ${value}`, state: changed({ ...state, past }, rules, side, next) };
}

function lifeSteps(state: State, rules: WorldRules, side: Side): readonly Step[] {
  const content = state.sides[side];
  const steps: Step[] = [];
  const own = state.removals.filter((id) => id.startsWith(`remove-${side}`)).length;
  if (content.life !== "missing" && own < (rules.removals?.[side] ?? 0)) {
    steps.push(remove(state, rules, side, `remove-${side}-${own + 1}`, "missing"));
  }
  const deactivated = state.removals.filter((id) => id.startsWith("deactivate")).length;
  if (side === "django" && content.life === "alive" && deactivated < (rules.deactivations ?? 0)) {
    steps.push(remove(state, rules, side, `deactivate-${deactivated + 1}`, "deleted"));
  }
  if (content.life !== "alive" && state.creations < (rules.creations ?? 0)) steps.push(create(state, rules, side));
  return steps;
}

function remove(state: State, rules: WorldRules, side: Side, id: string, life: "missing" | "deleted"): Step {
  const content = state.sides[side];
  const past = { ...state.past, [id]: content.knows };
  const gone =
    life === "missing" ? { record: {}, djangoId: null, created: 0, rejected: [], ...(side === "firestore" && { writeId: null }) } : {};
  // Whoever makes the member again begins afresh: they know of the removals, and of nothing that stood there.
  const knows = life === "missing" ? content.knows.filter((known) => state.removals.includes(known)) : content.knows;
  const next = { ...content, ...gone, life, knows: union(knows, [id]) };
  return { label: `${side}: ${id}`, state: changed({ ...state, past, removals: [...state.removals, id] }, rules, side, next) };
}

/** A new member where there is none; where there is an inactive one in Django, its reactivation. */
function create(state: State, rules: WorldRules, side: Side): Step {
  const content = state.sides[side];
  const creations = state.creations + 1;
  const isReactivation = content.life === "deleted";
  const label = `${side} ${isReactivation ? "reactivates" : "creates"}`;
  if (isReactivation) return { label, state: changed({ ...state, creations }, rules, side, { ...content, life: "alive" }) };
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
  return { label, state: changed({ ...state, past, creations }, rules, side, next) };
}

function changed(state: State, rules: WorldRules, side: Side, content: Content): State {
  const next = { ...content, revision: content.revision + 1 };
  const sides = { ...state.sides, [side]: next };
  return { ...state, sides, observations: [...state.observations, observe(side, next, rules)] };
}
