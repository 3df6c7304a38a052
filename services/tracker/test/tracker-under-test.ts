import { MemoryMemberDocuments } from "@member-sync/fakes/firestore/memory-member-documents.ts";
import { createLogger } from "@member-sync/shared/runtime/logging.ts";
import { createMetrics, type Metrics } from "@member-sync/shared/telemetry/metrics.ts";
import type { MemberDocuments, Snapshot } from "../src/app/ports.ts";
import { createTracker, type Tracker } from "../src/tracker.ts";
import { CollectingPublisher } from "./collecting-publisher.ts";
import { ANNA, KEY, rules } from "./rules.ts";

export const PORTAL = { authType: "app_user", authId: "uid1" };

export interface TrackerUnderTest {
  readonly tracker: Tracker;
  readonly documents: MemoryMemberDocuments;
  readonly publisher: CollectingPublisher;
  readonly metrics: Metrics;
  readonly lines: readonly string[];
  anna(): Snapshot;
}

/** A tracker on memory adapters; `between` may put trouble between it and the documents. */
export function trackerUnderTest(between: (documents: MemberDocuments) => MemberDocuments = (documents) => documents): TrackerUnderTest {
  const documents = new MemoryMemberDocuments();
  const publisher = new CollectingPublisher();
  const metrics = createMetrics("tracker");
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLogger({ service: "tracker", level: "debug", destination });
  const memberSync = { fieldMap: rules.fieldMap, notSteerable: rules.notSteerable };
  const tracker = createTracker({ documents: between(documents), publisher, memberSync, memberRefKey: KEY, log, metrics });
  const anna = () => {
    const snapshot = documents.get(ANNA);
    if (snapshot === undefined) throw new Error("the document is not there");
    return snapshot;
  };
  return { tracker, documents, publisher, metrics, lines, anna };
}
