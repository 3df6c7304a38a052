import { groupSides, type Held } from "@member-sync/fakes/sides/group-sides.ts";
import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { planDecision } from "../plan-decision.ts";
import { commandOf } from "../emit.ts";
import type { HistoryEntry } from "../history.ts";
import { LIFE, type Hub } from "../hub.ts";
import { expectedOf } from "../conflict.ts";
import { plan, type Plan } from "../plan.ts";
import type { Policy } from "../policy.ts";
import { MEMBER, NOON, observed, policyOf } from "./samples.ts";

const KENNITALA = MEMBER.kennitala;

/**
 * One member in a small world: two sides that compare and set, a bag of messages that may be lost, doubled and taken
 * in any order, and the production planner between them.
 */
export class World {
  readonly #sides = groupSides();
  readonly #changedAt: Record<Side, number> = { django: NOON, firestore: NOON };
  readonly observations: Observation[] = [];
  readonly commands: ApplyCommand[] = [];
  readonly history: HistoryEntry[] = [];
  readonly edits: { readonly side: Side; readonly group: string; readonly value: GroupValue }[] = [];
  hub: Hub | undefined;
  writes = 0;
  #now = NOON;
  readonly #policy: Policy;

  constructor(policy: Partial<Policy> = {}) {
    this.#policy = policyOf(policy);
  }

  /** What the sides hold. */
  get sides(): Readonly<Record<Side, Held>> {
    return { django: this.#sides.django.held(KENNITALA), firestore: this.#sides.firestore.held(KENNITALA) };
  }

  edit(side: Side, group: string, value: GroupValue): void {
    if (!this.#sides[side].edit(KENNITALA, group, value)) return;
    this.edits.push({ side, group, value });
    this.#changed(side);
  }

  remove(side: Side): void {
    if (this.sides[side].life === "missing") return;
    this.#sides[side].remove(KENNITALA);
    this.#changed(side);
  }

  /** Takes in the observation at this place of the bag; `keep` leaves a copy there, `crash` loses what should be sent. */
  deliver(place: number, { keep, crash }: { readonly keep: boolean; readonly crash: boolean }): void {
    const index = place % Math.max(this.observations.length, 1);
    const observation = this.observations[index];
    if (observation === undefined) return;
    if (!keep) this.observations.splice(index, 1);
    this.#now += 1000;
    this.#commit(plan(this.hub, [observation], this.#policy, this.#now), crash);
  }

  /** Carries out the command at this place of the bag. A crash before the answer is out leaves the command unacknowledged. */
  apply(place: number, { keep, crash }: { readonly keep: boolean; readonly crash: boolean }): void {
    const index = place % Math.max(this.commands.length, 1);
    const command = this.commands[index];
    if (command === undefined) return;
    if (!keep && !crash) this.commands.splice(index, 1);
    const answer = this.#write(command);
    if (!crash) this.observations.push(answer);
  }

  decide(choice: "django" | "firestore"): void {
    if (this.hub === undefined) return;
    const marks = [[LIFE, this.hub.life.parked] as const, ...Object.entries(this.hub.groups).map(([g, r]) => [g, r.parked] as const)];
    const open = marks.find(([, mark]) => mark !== undefined);
    const mark = open?.[1];
    if (open === undefined || mark === undefined) return;
    this.#now += 1000;
    const expected = expectedOf(mark);
    const decision = { conflictId: mark.conflictId, group: open[0], choice: { kind: choice }, expected, actor: "admin", note: null };
    const outcome = planDecision(this.hub, decision, this.#policy, this.#now);
    if (typeof outcome !== "string") this.#commit(outcome, false);
  }

  /** Sends again what is in flight, as the sweep does. */
  sweep(): void {
    if (this.hub === undefined) return;
    for (const side of SIDES) {
      const inFlight = this.hub.out[side];
      if (inFlight !== undefined) this.commands.push(commandOf(this.hub, side, inFlight));
    }
  }

  /** Lets everything flow until nothing moves; answers how many steps it took, or -1 when it never ends. */
  settle(): number {
    for (let step = 0; step < 400; step += 1) {
      if (this.observations.length > 0) this.deliver(0, { keep: false, crash: false });
      else if (this.commands.length > 0) this.apply(0, { keep: false, crash: false });
      else {
        this.sweep();
        if (this.commands.length === 0) return step;
      }
    }
    return -1;
  }

  #commit(planned: Plan, crash: boolean): void {
    if (!planned.changed) return;
    this.hub = planned.hub;
    this.history.push(...planned.history.flatMap((record) => record.entries));
    if (!crash) this.commands.push(...planned.commands);
  }

  #changed(side: Side): void {
    this.#now += 1000;
    this.#changedAt[side] = this.#now;
    this.observations.push(this.#observe(side));
  }

  #observe(side: Side, more: Partial<Observation> = {}): Observation {
    const { record, revision, ...held } = this.sides[side];
    const told = side === "django" ? { rejected: {} } : {};
    return observed(side, revision, record, { ...held, changedAt: this.#changedAt[side], ...told, ...more });
  }

  /** What an applier does: compare, set, and answer with what the side holds. */
  #write(command: ApplyCommand): Observation {
    const { status, isWritten } = this.#sides[command.side].apply(command);
    if (isWritten) {
      this.writes += 1;
      this.#changedAt[command.side] = this.#now;
    }
    return this.#observe(command.side, { answer: { writeId: command.writeId, status } });
  }
}
