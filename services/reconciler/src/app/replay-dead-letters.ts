import type { Clock } from "@member-sync/shared/clock.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import type { Timer } from "@member-sync/shared/timer.ts";
import { TOPICS, type TopicName } from "@member-sync/shared/topology.ts";
import type { Telemetry } from "../telemetry.ts";
import type { DeadLetter, DeadLetterStore, Run, RunLog } from "./ports.ts";
import { runErrorOf } from "./run-error.ts";

const PAGE = 100;
const LEASE_MS = 60 * 60_000;

export interface ReplayPorts {
  readonly deadLetters: DeadLetterStore;
  readonly publisher: MessagePublisher;
  readonly runs: RunLog;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly telemetry: Telemetry;
}

export type LetterOutcome =
  | { readonly kind: "done"; readonly letter: DeadLetter }
  /** It was replayed or discarded before. */
  | { readonly kind: "closed"; readonly letter: DeadLetter }
  | { readonly kind: "unknown" };

export type ReplayOutcome =
  /** It goes on at its rate after the answer; the runs tell how it ended. */
  { readonly kind: "started"; readonly run: Run } | { readonly kind: "busy" };

/** Puts a dead letter back on its way. Harmless when done twice: what it brings is recognised by revision or write id. */
export async function replayDeadLetter(ports: ReplayPorts, id: string, actor: string | null): Promise<LetterOutcome> {
  const letter = await ports.deadLetters.get(id);
  if (letter === undefined) return { kind: "unknown" };
  if (letter.state !== "open") return { kind: "closed", letter };
  await ports.publisher.publish(topicOf(letter), [{ data: letter.data, attributes: letter.attributes }]);
  return close(ports, letter, "replayed", null, actor);
}

/** Gives a dead letter up for good; the reason stays with it. */
export async function discardDeadLetter(ports: ReplayPorts, id: string, reason: string, actor: string | null): Promise<LetterOutcome> {
  const letter = await ports.deadLetters.get(id);
  if (letter === undefined) return { kind: "unknown" };
  if (letter.state !== "open") return { kind: "closed", letter };
  return close(ports, letter, "discarded", reason, actor);
}

/** Replays the open letters that match, at most `ratePerSecond` of them a second, as one run. */
export async function replayDeadLetters(
  ports: ReplayPorts,
  filter: { readonly cause?: string },
  ratePerSecond: number,
  actor: string | null,
): Promise<ReplayOutcome> {
  const run = await ports.runs.begin(newRun(ports), LEASE_MS);
  if (run === null) return { kind: "busy" };
  void replayAll(ports, run, filter, ratePerSecond, actor);
  return { kind: "started", run };
}

async function replayAll(
  ports: ReplayPorts,
  run: Run,
  filter: { readonly cause?: string },
  ratePerSecond: number,
  actor: string | null,
): Promise<void> {
  const counts = { django: { success: 0, failed: 0 }, firestore: { success: 0, failed: 0 } };
  let error: string | null = null;
  try {
    // Letters that come back while this runs wait for the next replay.
    for await (const letter of openLetters(ports.deadLetters, filter, run.started_at)) {
      const outcome = await replayDeadLetter(ports, letter.id, actor);
      counts[letter.side ?? "firestore"][outcome.kind === "done" ? "success" : "failed"] += 1;
      await ports.timer.wait(1000 / ratePerSecond);
    }
  } catch (cause) {
    error = runErrorOf(cause);
    ports.telemetry.runFailed(run.type, cause);
  }
  const stats = { firestore_to_django: counts.firestore, django_to_firestore: counts.django, conflicts: 0 };
  const finished: Run = { ...run, status: error === null ? "success" : "failed", stats, completed_at: ports.clock(), error };
  await ports.runs.finish(finished).catch((cause: unknown) => ports.telemetry.runFailed(run.type, cause));
  ports.telemetry.runFinished(finished);
}

async function* openLetters(store: DeadLetterStore, filter: { readonly cause?: string }, until: number): AsyncGenerator<DeadLetter> {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<DeadLetterStore["list"]>> = await store.list({ state: "open", ...filter }, cursor, PAGE);
    yield* page.items.filter((letter) => letter.lastSeenAt <= until);
    cursor = page.next;
  } while (cursor !== null);
}

async function close(
  { deadLetters, clock }: ReplayPorts,
  letter: DeadLetter,
  state: "replayed" | "discarded",
  reason: string | null,
  actor: string | null,
): Promise<LetterOutcome> {
  const resolution = { at: clock(), actor, reason };
  const isClosed = await deadLetters.resolve(letter.id, state, resolution, letter.seen);
  if (isClosed) return { kind: "done", letter: { ...letter, state, resolution } };
  const now = (await deadLetters.get(letter.id)) ?? letter;
  // It was sent, and came back before it could be marked: it is open, and that is the truth of it.
  return { kind: now.state === "open" ? "done" : "closed", letter: now };
}

function topicOf(letter: DeadLetter): TopicName {
  const topic = TOPICS.find((name) => name === letter.topic);
  if (topic === undefined) throw new SyncError("message_malformed", { topic: letter.topic });
  return topic;
}

function newRun({ newId, clock }: ReplayPorts): Run {
  const none = { success: 0, failed: 0 };
  const stats = { firestore_to_django: none, django_to_firestore: none, conflicts: 0 };
  return { id: newId(), type: "replay", status: "running", stats, started_at: clock(), completed_at: null, error: null };
}
