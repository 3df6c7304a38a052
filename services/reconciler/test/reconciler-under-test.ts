import { deadLetterNotice, type DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import { applyCommand, type ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { packEnvelopes } from "@member-sync/shared/messages/envelope.ts";
import type { IncomingMessage, OutgoingMessage } from "@member-sync/shared/messages/message.ts";
import { observationId, type Observation } from "@member-sync/shared/messages/observation.ts";
import { email, phone, text } from "@member-sync/shared/member/codecs.ts";
import { signatureOf } from "@member-sync/shared/member/field-map-signature.ts";
import { defineFieldMap, field, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import { defineMemberSync } from "@member-sync/shared/sync-config.ts";
import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { createMetrics } from "@member-sync/shared/telemetry/metrics.ts";
import type { TopicName } from "@member-sync/shared/topology.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { z } from "zod";
import { memoryStores } from "../src/adapters/memory/memory-stores.ts";
import type { CommitOutcome, DrainReport, HubCommit, HubStore, Stores } from "../src/app/ports.ts";
import type { Mode } from "../src/app/plan-for.ts";
import { createReconciler } from "../src/reconciler.ts";
import { createTelemetry } from "../src/telemetry.ts";

const KEY = "0123456789abcdef";
const items = z.object({ items: z.array(z.unknown()) });
const logLine = z.looseObject({ level: z.string(), msg: z.string() });

const FIELDS = {
  name: field("profile.name", text()),
  email: field("profile.email", email()),
  phone: field("profile.phone", phone()),
};
export const MAP = defineFieldMap(FIELDS);
export const MAP_WITH_NICKNAME = defineFieldMap({ ...FIELDS, nickname: field("profile.nickname", text()) });

interface Sent {
  readonly topic: TopicName;
  readonly message: OutgoingMessage;
}

interface UnderTest {
  readonly mode?: Mode;
  readonly realTime?: boolean;
  /** Shared with another instance. */
  readonly stores?: Stores;
  readonly clock?: { now: number };
  /** Its field map has `nickname`, too. */
  readonly mapsNickname?: boolean;
}

/** The production reconciler on memory, with a clock that is set by hand (unless told otherwise) and a bus that only remembers. */
export function reconcilerUnderTest(options: UnderTest = {}) {
  const stores = options.stores ?? memoryStores();
  const sent: Sent[] = [];
  const trouble: { bus: boolean; drain: SyncError | undefined; unstored: ReadonlySet<string>; overtaken: number } = {
    bus: false,
    drain: undefined,
    unstored: new Set(),
    overtaken: 0,
  };
  const clock = options.clock ?? { now: Date.UTC(2026, 5, 1, 12) };
  const drained: { report: DrainReport } = { report: { published: [] } };
  const lines: string[] = [];
  const log = createLogger({ service: "reconciler", destination: { write: (line: string) => lines.push(line) } });
  const metrics = createMetrics("reconciler");
  const reconciler = createReconciler({
    ...stores,
    hubs: withoutThose(stores.hubs, trouble),
    publisher: {
      async publish(topic, messages) {
        if (trouble.bus) throw new SyncError("bus_unavailable");
        sent.push(...messages.map((message) => ({ topic, message })));
      },
    },
    drain: {
      async drain() {
        if (trouble.drain !== undefined) throw trouble.drain;
        return drained.report;
      },
    },
    memberSync: defineMemberSync({
      fieldMap: options.mapsNickname === true ? MAP_WITH_NICKNAME : MAP,
    }),
    memberRefKey: KEY,
    mode: options.mode ?? "realtime",
    telemetry: createTelemetry(log, metrics),
    clock: () => (options.realTime === true ? Date.now() : clock.now),
    answerTimeoutMs: 300,
  });
  const sentTo = (topic: TopicName) => sent.filter((one) => one.topic === topic).map(({ message }) => message);
  return {
    ...reconciler,
    hubs: stores.hubs,
    stores,
    logged: (): readonly { readonly level: string; readonly msg: string }[] => lines.map((line) => logLine.parse(JSON.parse(line))),
    metrics: () => metrics.text(),
    sent,
    trouble,
    clock,
    drained,
    sentTo,
    commands: (side: Side): readonly ApplyCommand[] =>
      sentTo(side === "django" ? "member-apply-django" : "member-apply-firestore").flatMap(({ data }) =>
        items.parse(JSON.parse(data)).items.map((item) => applyCommand.parse(item)),
      ),
    deadLettersSent: (): readonly DeadLetterNotice[] =>
      sentTo("member-dead-letters").map(({ data }) => deadLetterNotice.parse(JSON.parse(data))),
    /** Delivers observations in one message. */
    take: (...observations: readonly Observation[]) => reconciler.changes(messageOf(observations)),
    /** The same, of a producer with another field map. */
    takeFrom: (map: FieldMap, ...observations: readonly Observation[]) => reconciler.changes(messageOf(observations, map)),
  };
}

/** A store that does not take some members' hubs, or whose hubs another writer has overtaken as often as is said. */
function withoutThose(hubs: HubStore, trouble: { readonly unstored: ReadonlySet<string>; overtaken: number }): HubStore {
  return {
    load: (memberRefs) => hubs.load(memberRefs),
    inFlightSince: (before, cursor, limit) => hubs.inFlightSince(before, cursor, limit),
    waiting: (after, limit) => hubs.waiting(after, limit),
    due: (after, limit) => hubs.due(after, limit),
    all: (after, limit) => hubs.all(after, limit),
    async commit(entries) {
      const error = new SyncError("store_unavailable");
      if (trouble.overtaken > 0) {
        trouble.overtaken -= 1;
        return entries.map(() => ({ kind: "outdated" }));
      }
      const isTaken = ({ hub }: HubCommit) => !trouble.unstored.has(hub.memberRef);
      if (entries.length > 0 && !entries.some(isTaken)) throw error;
      const outcomes = new Map<HubCommit, CommitOutcome>();
      const taken = entries.filter(isTaken);
      (await hubs.commit(taken)).forEach((outcome, index) => {
        const entry = taken[index];
        if (entry !== undefined) outcomes.set(entry, outcome);
      });
      return entries.map((entry) => outcomes.get(entry) ?? { kind: "unstored", error });
    },
  };
}

/** A message as the broker brings it. */
export function messageOf(observations: readonly Observation[], map?: FieldMap): IncomingMessage {
  const [packed] = packEnvelopes("member-change.v1", observations[0]?.side ?? "django", observations, map && signatureOf(map));
  return incoming(packed?.data ?? "", packed?.attributes ?? {});
}

export function incoming(data: string, attributes: Readonly<Record<string, string>> = {}): IncomingMessage {
  return { messageId: "1", data, attributes, subscription: "reconciler-changes-django", publishedAt: 0 };
}

export const KENNITALA = "0101302989";

/** What `side` held of a member at `revision`. */
export function held(side: Side, revision: number, record: Observation["record"], more: Partial<Observation> = {}): Observation {
  const kennitala = more.kennitala ?? KENNITALA;
  const base = { side, kennitala, memberRef: memberRefOf(KEY, kennitala), revision: String(revision) };
  return {
    ...base,
    id: observationId(base),
    life: "alive",
    record,
    changedAt: Date.UTC(2026, 5, 1, 12),
    actor: null,
    djangoId: 7,
    writeId: null,
    ...more,
  };
}

/** The answer of a side where a command landed. */
export function landed(command: ApplyCommand, revision: number, record: Observation["record"]): Observation {
  const { side, kennitala, writeId } = command;
  return held(side, revision, record, { kennitala, writeId, answer: { writeId, status: "applied" } });
}
