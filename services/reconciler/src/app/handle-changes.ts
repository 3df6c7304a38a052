import type { Clock } from "@member-sync/shared/clock.ts";
import { deadLetterMessage, noticeOfItem, noticeOf } from "@member-sync/shared/bus/dead-letters.ts";
import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import { createNaturalBatch } from "@member-sync/shared/bus/natural-batch.ts";
import { hashOfFieldMap, type FieldMapSignature } from "@member-sync/shared/member/field-map-signature.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import type { DeadLetterCause, DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import { packEnvelopes, readEnvelope, type ReadEnvelope } from "@member-sync/shared/messages/envelope.ts";
import type { IncomingMessage, MessageHandler } from "@member-sync/shared/messages/message.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { changesTopic } from "@member-sync/shared/topology.ts";
import type { Hub } from "../core/hub.ts";
import type { Plan } from "../core/plan.ts";
import type { Policy } from "../core/policy.ts";
import type { Telemetry } from "../telemetry.ts";
import { commitPlans, publishEffects, type MemberOutcome } from "./commit-plans.ts";
import { futureRevision } from "./future-revision.ts";
import { planFor, type Mode } from "./plan-for.ts";
import type { HubStore } from "./ports.ts";
import { groupsAhead, readFrom } from "./producer-map.ts";
import { createRecentHubs, type RecentHubs } from "./recent-hubs.ts";

/** As many observations as are loaded, planned and stored in one go. */
const GROUP_SIZE = 500;

export interface ChangesPorts {
  readonly hubs: HubStore;
  readonly publisher: MessagePublisher;
  readonly policy: () => Promise<Policy>;
  readonly mode: Mode;
  /** Signature of the field map that this reconciler runs with. */
  readonly ownMap: FieldMapSignature;
  /** Whether reference and kennitala belong together, and are a person's. */
  readonly checkIdentity: (observation: Observation) => DeadLetterCause | undefined;
  /** Takes note of hubs that show a side which seems to have been restored from a backup. */
  readonly noteSuspected: (hubs: readonly Hub[]) => Promise<void>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** What became of one observation of a message. */
type Ending =
  | { readonly kind: "stored" }
  /** `error`: why it could not be stored; absent where others kept writing its hub. */
  | { readonly kind: "again"; readonly error?: Error }
  | { readonly kind: "dead-letter"; readonly cause: DeadLetterCause; readonly reason: string };

/** An observation that can never be taken in. */
interface Misfit {
  readonly cause: DeadLetterCause;
  readonly reason: string;
}

/** How one observation ended, once what its group calls for has been sent. */
interface TakenIn {
  readonly ending: Ending;
  /** Shared by the whole group. Rejects when the bus does not take the commands; the sweep sends them then. */
  readonly sent: Promise<void>;
}

export interface ChangesIntake {
  readonly handle: MessageHandler;
  /** When the last observation was taken in, epoch milliseconds. */
  lastActivity(): number;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/**
 * The life of a message, top to bottom: decode → load → plan → commit → publish → acknowledge.
 *
 * A message is acknowledged when each of its observations has ended: stored, sent again by itself, or dead-lettered.
 * Observations of messages that arrive together are one group: one read of hubs, one grouped write; while the commands of
 * one group are sent, the next is loaded. When the store or the bus is away nothing is acknowledged, and Pub/Sub brings
 * it all again; what had been stored by then is recognised by its revision, and commands that were stored but not sent
 * are sent by the sweep.
 */
export function createChangesIntake(ports: ChangesPorts): ChangesIntake {
  let lastActivity = 0;
  const recent = createRecentHubs();
  const batch = createNaturalBatch((group: readonly Observation[]) => takeInGroup(ports, recent, group), GROUP_SIZE);

  const handle: MessageHandler = async (message) => {
    lastActivity = ports.clock();
    const envelope = readEnvelope("member-change.v1", message);
    if (isAhead(ports, envelope)) return "retry";
    const takenIn = await batch.add(envelope.items.map((item) => readFrom(ports.ownMap, envelope.fieldMap, item)));
    await Promise.all(new Set(takenIn.map(({ sent }) => sent)));
    const endings = takenIn.map(({ ending }) => ending);
    const notices = [
      ...envelope.unreadable.map((piece) =>
        noticeOf(piece, { ...originOf(message, ports), fieldMap: envelope.fieldMap, schema: "member-change.v1" }),
      ),
      ...deadLettersOf(envelope, endings, ports.clock()),
    ];
    await giveUp(ports, notices);
    const again = envelope.items.filter((_, index) => endings[index]?.kind === "again");
    const [ending] = endings;
    // It came alone, and the store took others and not this one: the broker knows how long to wait before it brings it again.
    if (again.length === 1 && envelope.items.length === 1 && ending?.kind === "again" && ending.error !== undefined) throw ending.error;
    await sendAgain(ports, again, envelope.fieldMap);
    lastActivity = ports.clock();
    return "ack";
  };
  return { handle, lastActivity: () => lastActivity, idle: () => batch.idle() };
}

/** Takes in one group: the only place where changes become state. */
async function takeInGroup(ports: ChangesPorts, recent: RecentHubs, group: readonly Observation[]): Promise<readonly TakenIn[]> {
  const policy = await ports.policy();
  const misfits = new Map<Observation, Misfit>();
  const byMember = new Map<MemberRef, Observation[]>();
  for (const observation of group) {
    const cause = ports.checkIdentity(observation);
    if (cause !== undefined) misfits.set(observation, { cause, reason: "the item's member is not what it says" });
    else byMember.set(observation.memberRef, [...(byMember.get(observation.memberRef) ?? []), observation]);
  }

  const planOne = (memberRef: MemberRef, hub: Hub | undefined): Plan | undefined => {
    const now = ports.clock();
    const plausible = (byMember.get(memberRef) ?? []).filter((observation) => {
      const reason = futureRevision(hub, observation, { policy, now });
      // The hub may be another one than at the last attempt.
      if (reason === undefined) misfits.delete(observation);
      else misfits.set(observation, { cause: "future-revision", reason });
      return reason === undefined;
    });
    return plausible.length === 0 ? undefined : planFor(ports.mode, hub, plausible, policy, now);
  };
  const outcomes = await commitPlans(ports.hubs, [...byMember.keys()], planOne, recent);
  const plans = [...outcomes.values()].flatMap((outcome) => (outcome.kind === "stored" ? [outcome.plan] : []));
  const effects = [publishEffects(ports.publisher, plans), ports.noteSuspected(hubsIn(outcomes))];
  const sent = Promise.all(effects).then(() => ports.telemetry.changesTakenIn(group, plans));
  // Awaited by each handler of the group; until then a failure must not count as unhandled.
  sent.catch(() => undefined);

  return group.map((observation) => {
    const misfit = misfits.get(observation);
    const ending: Ending = misfit === undefined ? endingOf(outcomes.get(observation.memberRef)) : { kind: "dead-letter", ...misfit };
    return { ending, sent };
  });
}

/** Also of the plans that changed nothing: what was stored may not have been noted. */
function hubsIn(outcomes: ReadonlyMap<MemberRef, MemberOutcome>): readonly Hub[] {
  return [...outcomes.values()].flatMap((outcome) => {
    if (outcome.kind === "stored") return [outcome.plan.hub];
    return outcome.kind === "unchanged" && outcome.hub !== undefined ? [outcome.hub] : [];
  });
}

function endingOf(outcome: MemberOutcome | undefined): Ending {
  switch (outcome?.kind) {
    case "stored":
    case "unchanged":
      return { kind: "stored" };
    case "failed": // planning is pure: what failed once fails for ever
      return { kind: "dead-letter", cause: "unknown", reason: outcome.error instanceof Error ? outcome.error.name : "planning failed" };
    case "unstored":
      return { kind: "again", error: outcome.error };
    case "contended":
    case undefined:
      return { kind: "again" };
  }
}

/** A producer may be deployed first: its messages are redelivered until a reconciler that knows their map takes them. */
function isAhead({ ownMap, telemetry }: ChangesPorts, { fieldMap }: ReadEnvelope<Observation>): boolean {
  const groups = groupsAhead(ownMap, fieldMap);
  if (fieldMap === undefined || groups.length === 0) return false;
  telemetry.mapNotKnownYet(hashOfFieldMap(fieldMap), groups);
  return true;
}

function deadLettersOf(
  { items, fieldMap }: ReadEnvelope<Observation>,
  endings: readonly Ending[],
  at: number,
): readonly DeadLetterNotice[] {
  return items.flatMap((item, index) => {
    const ending = endings[index];
    if (ending?.kind !== "dead-letter") return [];
    const { cause, reason } = ending;
    return [noticeOfItem("member-change.v1", item, { cause, reason, origin: "reconciler", topic: changesTopic(item.side), at, fieldMap })];
  });
}

async function giveUp(ports: ChangesPorts, notices: readonly DeadLetterNotice[]): Promise<void> {
  if (notices.length === 0) return;
  await ports.publisher.publish("member-dead-letters", notices.map(deadLetterMessage));
  for (const notice of notices) ports.telemetry.messageDeadLettered(notice);
}

/** Re-publishes observations as they arrived, with the map that they were read with. */
async function sendAgain(
  ports: ChangesPorts,
  observations: readonly Observation[],
  fieldMap: FieldMapSignature | undefined,
): Promise<void> {
  for (const side of ["django", "firestore"] as const) {
    const own = observations.filter((observation) => observation.side === side);
    if (own.length > 0) await ports.publisher.publish(changesTopic(side), packEnvelopes("member-change.v1", side, own, fieldMap));
  }
}

function originOf(message: IncomingMessage, ports: ChangesPorts) {
  const topic = message.attributes["side"] === "django" ? changesTopic("django") : changesTopic("firestore");
  return { origin: "reconciler", topic, at: ports.clock(), attributes: message.attributes };
}
