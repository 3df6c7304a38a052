import type { Clock } from "@member-sync/shared/clock.ts";
import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import type { MemberRef } from "@member-sync/shared/member/member-ref.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Timer } from "@member-sync/shared/timer.ts";
import type { Hub } from "../core/hub.ts";
import { lookId } from "../core/look-id.ts";
import type { Telemetry } from "../telemetry.ts";
import { publishCommands } from "./commit-plans.ts";
import type { HubPage, HubStore, Run, RunLog } from "./ports.ts";
import { runErrorOf } from "./run-error.ts";

const PAGE = 250;
const LEASE_MS = 10 * 60_000;
/** A request must end before whoever made it gives up; then it is continued where it stopped. */
const BUDGET_MS = 240_000;
const MEMBERS_PER_SECOND = 500;

export interface LookPorts {
  readonly hubs: HubStore;
  readonly publisher: MessagePublisher;
  readonly runs: RunLog;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly telemetry: Telemetry;
}

export interface LookRequest {
  /** Both sides, where it is left out. */
  readonly side?: Side;
  /** `next` of the call before. */
  readonly after?: MemberRef;
  readonly membersPerSecond?: number;
}

export interface LookReport {
  readonly members: number;
  readonly looks: Readonly<Record<Side, number>>;
  /** Members whose hub cannot be read: they were not looked at. */
  readonly unreadable: number;
  /** Where to go on; `null` when every member has been looked at. */
  readonly next: MemberRef | null;
}

export type LookOutcome =
  | { readonly kind: "done"; readonly report: LookReport }
  | { readonly kind: "busy" }
  | { readonly kind: "failed"; readonly run: Run };

/**
 * Asks the sides what they hold now of every member that the reconciler knows. The answers are observations like any
 * other, so that edits, removals and newly mapped fields whose event was lost are found. Writes nothing, here or there;
 * it may be repeated without harm. At most so many members a second, one page in memory.
 */
export async function lookAtAll(ports: LookPorts, request: LookRequest): Promise<LookOutcome> {
  const begun = await ports.runs.begin(newRun(ports), LEASE_MS);
  if (begun === null) return { kind: "busy" };
  let report: LookReport = { members: 0, looks: { django: 0, firestore: 0 }, unreadable: 0, next: request.after ?? null };
  let error: string | null = null;
  try {
    for await (const page of pagesOf(ports, request)) {
      const published = await publishLooks(ports, page.hubs, request.side);
      report = {
        members: report.members + page.hubs.length,
        looks: { django: report.looks.django + published.django, firestore: report.looks.firestore + published.firestore },
        unreadable: report.unreadable + page.unreadable.length,
        next: page.next,
      };
    }
  } catch (cause) {
    error = runErrorOf(cause);
    ports.telemetry.runFailed("backfill", cause);
  }
  const run = finished(begun, report, error, ports.clock());
  await ports.runs.finish(run);
  ports.telemetry.runFinished(run);
  return error === null ? { kind: "done", report } : { kind: "failed", run };
}

/** Asks both sides what they hold now of one member; `undefined` for a member never heard of. */
export async function lookAtMember(ports: LookPorts, memberRef: MemberRef): Promise<LookReport["looks"] | undefined> {
  const hub = (await ports.hubs.load([memberRef])).get(memberRef)?.hub;
  return hub === undefined ? undefined : publishLooks(ports, [hub], undefined);
}

/** Pages of all hubs, no faster than the rate, until the time is up. */
async function* pagesOf({ hubs, timer }: LookPorts, request: LookRequest): AsyncGenerator<HubPage> {
  const began = timer.now();
  const msPerMember = 1000 / (request.membersPerSecond ?? MEMBERS_PER_SECOND);
  let members = 0;
  let after = request.after ?? null;
  do {
    const page = await hubs.all(after, PAGE);
    yield page;
    members += page.hubs.length;
    after = page.next;
    const early = began + members * msPerMember - timer.now();
    if (after !== null && early > 0) await timer.wait(early);
  } while (after !== null && timer.now() - began < BUDGET_MS);
}

async function publishLooks(ports: LookPorts, hubs: readonly Hub[], side: Side | undefined): Promise<LookReport["looks"]> {
  const round = ports.newId();
  const sides = side === undefined ? SIDES : [side];
  const looks = hubs.flatMap((hub) => sides.map((each) => lookOf(hub, each, round, ports.clock())));
  await publishCommands(ports.publisher, looks);
  const counts = { django: 0, firestore: 0 };
  for (const each of sides) counts[each] = hubs.length;
  ports.telemetry.looked(counts);
  return counts;
}

function lookOf(hub: Hub, side: Side, round: string, now: number): ApplyCommand {
  const { memberRef, kennitala, djangoId, sides } = hub;
  const expectRevision = sides[side]?.revision ?? null;
  const writeId = lookId(hub, side, round);
  return { writeId, side, memberRef, kennitala, djangoId, expectRevision, groups: {}, look: true, emittedAt: now };
}

function newRun({ newId, clock }: LookPorts): Run {
  const none = { success: 0, failed: 0 };
  const stats = { firestore_to_django: none, django_to_firestore: none, conflicts: 0 };
  return { id: newId(), type: "backfill", status: "running", stats, started_at: clock(), completed_at: null, error: null };
}

function finished(begun: Run, { looks }: LookReport, error: string | null, now: number): Run {
  const stats = {
    firestore_to_django: { success: looks.firestore, failed: 0 },
    django_to_firestore: { success: looks.django, failed: 0 },
    conflicts: 0,
  };
  return { ...begun, status: error === null ? "success" : "failed", stats, completed_at: now, error };
}
