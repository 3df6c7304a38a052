import type { Clock } from "@member-sync/shared/clock.ts";
import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import type { GroupName, GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { Conflict } from "../core/conflict.ts";
import { planDecision, type Decision, type Undecidable } from "../core/plan-decision.ts";
import { LIFE } from "../core/hub.ts";
import type { Plan } from "../core/plan.ts";
import type { Policy } from "../core/policy.ts";
import type { Telemetry } from "../telemetry.ts";
import { publishEffects } from "./commit-plans.ts";
import type { ConflictStore, HubStore } from "./ports.ts";

const MAX_ROUNDS = 5;

export interface ResolvePorts {
  readonly hubs: HubStore;
  readonly conflicts: ConflictStore;
  readonly publisher: MessagePublisher;
  readonly policy: () => Promise<Policy>;
  /** The sync's own normaliser, so that a value typed by a person is held to the same rules. */
  readonly checkValue: (
    group: GroupName,
    raw: unknown,
  ) => { readonly ok: true; readonly value: GroupValue } | { readonly ok: false; readonly reason: string };
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

export interface DecisionRequest {
  readonly choice: "django" | "firestore" | "custom";
  readonly value?: unknown;
  readonly expected: string;
  readonly note?: string | null;
}

export type DecisionOutcome =
  | { readonly kind: "decided"; readonly conflict: Conflict }
  /** Either side has moved, or the conflict has closed, since the person looked. */
  | { readonly kind: "outdated"; readonly conflict: Conflict }
  /** The chosen side has no such member, so it holds no value that could be chosen. */
  | { readonly kind: "nobody-there"; readonly conflict: Conflict }
  /** What the chosen side holds of the group was never read. */
  | { readonly kind: "unread"; readonly conflict: Conflict }
  | { readonly kind: "unknown" }
  | { readonly kind: "invalid"; readonly reason: string };

/** Carries out a person's decision: hub, conflict and history in one commit, then the commands to both sides. */
export async function resolveConflict(
  ports: ResolvePorts,
  id: string,
  request: DecisionRequest,
  actor: string | null,
): Promise<DecisionOutcome> {
  const conflict = await ports.conflicts.get(id);
  if (conflict === undefined) return { kind: "unknown" };
  const choice = choiceOf(ports, conflict, request);
  if ("reason" in choice) return { kind: "invalid", reason: choice.reason };
  const { group } = conflict;
  const decision: Decision = { conflictId: id, group, choice, expected: request.expected, actor, note: request.note ?? null };
  const plan = await commitDecision(ports, conflict, decision);
  if (typeof plan === "string") return { kind: plan, conflict: (await ports.conflicts.get(id)) ?? conflict };
  await publishEffects(ports.publisher, [plan]);
  const closed = plan.conflicts.find((candidate) => candidate.id === id) ?? conflict;
  ports.telemetry.conflictDecided(closed);
  return { kind: "decided", conflict: closed };
}

async function commitDecision(ports: ResolvePorts, conflict: Conflict, decision: Decision): Promise<Plan | Undecidable> {
  const policy = await ports.policy();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const stored = (await ports.hubs.load([conflict.memberRef])).get(conflict.memberRef);
    if (stored === undefined) return "outdated";
    const plan = planDecision(stored.hub, decision, policy, ports.clock());
    if (typeof plan === "string") return plan;
    const entry = { hub: plan.hub, token: stored.token, history: plan.history, conflicts: plan.conflicts };
    const [outcome] = await ports.hubs.commit([entry]);
    if (outcome?.kind === "committed") return plan;
  }
  return "outdated";
}

function choiceOf(ports: ResolvePorts, conflict: Conflict, request: DecisionRequest): Decision["choice"] | { readonly reason: string } {
  if (request.choice !== "custom") return { kind: request.choice };
  if (request.value === undefined) return { reason: "choice custom needs a value (null clears the field)" };
  if (conflict.group === LIFE) {
    const isLife = request.value === "alive" || request.value === "deleted";
    return isLife ? { kind: "custom", value: request.value === "alive" ? "alive" : "deleted" } : { reason: "life is alive or deleted" };
  }
  const checked = ports.checkValue(conflict.group, request.value);
  return checked.ok ? { kind: "custom", value: checked.value } : { reason: checked.reason };
}
