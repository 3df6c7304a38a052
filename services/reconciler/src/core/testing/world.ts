import type { GroupValue, Life } from "@member-sync/shared/member/member-record.ts";
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
import { NOON, observed, policyOf } from "./samples.ts";

interface Content {
  readonly record: Record<string, GroupValue>;
  life: Life;
  revision: number;
  writeId: string | null;
  djangoId: number | null;
  changedAt: number;
  /** Revision at which what stands there came to be. */
  created: number;
  /** Creates that were carried out here: each lands once. */
  readonly landed: Set<string>;
}

/**
 * One member in a small world: two sides that compare and set, a bag of messages that may be lost, doubled and taken
 * in any order, and the production planner between them.
 */
export class World {
  readonly sides: Record<Side, Content> = { django: emptySide(), firestore: emptySide() };
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

  edit(side: Side, group: string, value: GroupValue): void {
    const content = this.sides[side];
    if (content.life === "missing") {
      content.life = "alive";
      content.created = content.revision + 1;
      for (const key of Object.keys(content.record)) delete content.record[key];
    }
    if (content.record[group] === value) return;
    content.record[group] = value;
    this.edits.push({ side, group, value });
    this.#changed(side);
  }

  remove(side: Side): void {
    const content = this.sides[side];
    if (content.life === "missing") return;
    content.life = "missing";
    if (side === "firestore") content.writeId = null;
    for (const key of Object.keys(content.record)) delete content.record[key];
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
    const content = this.sides[side];
    content.revision += 1;
    content.changedAt = this.#now;
    if (side === "django" && content.life !== "missing") content.djangoId ??= 7;
    this.observations.push(this.#observe(side));
  }

  #observe(side: Side, more: Partial<Observation> = {}): Observation {
    const { record, life, revision, writeId, djangoId, created, changedAt } = this.sides[side];
    const held = life === "missing" ? {} : { ...record };
    const told = side === "django" ? { rejected: {} } : life === "missing" ? {} : { created: String(created) };
    return observed(side, revision, held, { life, writeId, djangoId, changedAt, ...told, ...more });
  }

  /** What an applier does: compare, set, and answer with what stands there. */
  #write(command: ApplyCommand): Observation {
    const content = this.sides[command.side];
    if (content.writeId === command.writeId) return this.#answer(command, "applied");
    if (!this.#standsAsExpected(command)) return this.#answer(command, "stale");
    this.writes += 1;
    if (content.life === "missing") content.created = content.revision + 1;
    if (command.expectRevision === null) content.landed.add(command.writeId);
    if (command.life === "alive") content.life = "alive";
    if (command.life === "deleted") content.life = "deleted";
    Object.assign(content.record, command.groups);
    content.revision += 1;
    content.changedAt = this.#now;
    content.writeId = command.writeId;
    if (command.side === "firestore") content.djangoId = command.djangoId;
    else content.djangoId ??= 7;
    return this.#answer(command, "applied");
  }

  /** Django keeps tombstones; Firestore knows only that there is no document. */
  #standsAsExpected({ side, expectRevision, tombstone, writeId }: ApplyCommand): boolean {
    const { life, revision, landed } = this.sides[side];
    if (side === "firestore" && landed.has(writeId)) return false;
    if (life !== "missing") return expectRevision === String(revision);
    return expectRevision === null && (side === "firestore" || revision === Number(tombstone ?? 0));
  }

  #answer(command: ApplyCommand, status: "applied" | "stale"): Observation {
    return this.#observe(command.side, { answer: { writeId: command.writeId, status } });
  }
}

function emptySide(): Content {
  return { record: {}, life: "missing", revision: 0, writeId: null, djangoId: null, changedAt: NOON, created: 0, landed: new Set() };
}
