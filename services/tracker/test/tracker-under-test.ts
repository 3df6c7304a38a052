import { MemoryMemberDocuments } from "@member-sync/fakes/firestore/memory-member-documents.ts";
import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { createMetrics, type Metrics } from "@member-sync/shared/telemetry/metrics.ts";
import type { MemberDocuments, Snapshot } from "../src/app/ports.ts";
import { createTracker, type Tracker } from "../src/tracker.ts";
import { CollectingPublisher } from "./collecting-publisher.ts";
import { ANNA, KEY, LINEAGE, rules } from "./rules.ts";

export const PORTAL = { authType: "app_user", authId: "uid1" };

export interface TrackerUnderTest {
  readonly tracker: Tracker;
  readonly documents: MemoryMemberDocuments;
  readonly publisher: CollectingPublisher;
  readonly metrics: Metrics;
  readonly lines: readonly string[];
  anna(): Snapshot;
}

/** A tracker on memory adapters; `between` gives the calls to the documents that are in trouble, or all of them. */
export function trackerUnderTest(
  between: (documents: MemberDocuments) => Partial<MemberDocuments> = (documents) => documents,
  ownWriters: readonly string[] = [],
): TrackerUnderTest {
  const documents = new MemoryMemberDocuments();
  const publisher = new CollectingPublisher();
  const metrics = createMetrics("tracker");
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLogger({ service: "tracker", level: "debug", destination });
  const memberSync = { fieldMap: rules.fieldMap, notSteerable: rules.notSteerable };
  const through: MemberDocuments = {
    write: (writes) => documents.write(writes),
    read: (ids) => documents.read(ids),
    createdAt: (once) => documents.createdAt(once),
    list: (after, limit) => documents.list(after, limit),
  };
  const tracker = createTracker({
    documents: { ...through, ...callsOf(between(documents)) },
    publisher,
    memberSync,
    memberRefKey: KEY,
    lineage: LINEAGE,
    ownWriters,
    log,
    metrics,
  });
  const anna = () => {
    const snapshot = documents.get(ANNA);
    if (snapshot === undefined) throw new Error("the document is not there");
    return snapshot;
  };
  return { tracker, documents, publisher, metrics, lines, anna };
}

/** The calls of an object or a class, each bound to it. */
function callsOf(documents: Partial<MemberDocuments>): Partial<MemberDocuments> {
  return {
    ...(documents.write && { write: documents.write.bind(documents) }),
    ...(documents.read && { read: documents.read.bind(documents) }),
    ...(documents.createdAt && { createdAt: documents.createdAt.bind(documents) }),
    ...(documents.list && { list: documents.list.bind(documents) }),
  };
}
