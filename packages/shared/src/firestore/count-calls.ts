import { Readable } from "node:stream";
import type { Firestore } from "@google-cloud/firestore";
import { isFields, wrapMethod } from "./wrap-method.ts";

/** Where what a client asks of Firestore is counted. */
export interface FirestoreCounters {
  /** Calls, whatever their size: a commit of 500 documents is one. */
  calls(count: number): void;
  /** Documents read, as they are billed. */
  reads(count: number): void;
  /** Documents that a write, a delete or a create was asked for, as they are billed: also where a precondition then refused it. */
  writes(count: number): void;
}

/** An aggregation is billed one read for as many index entries. */
const ENTRIES_PER_READ = 1_000;

/**
 * Counts what a client does, in the two methods that all its calls go through. A document that is not there is a read,
 * and so is a query that finds nothing. Tries that the transport makes anew by itself are not seen, nor is what a listener hears.
 */
export function countCalls(firestore: Firestore, counters: FirestoreCounters): void {
  wrapMethod(firestore, "request", (call, [, request]) => {
    counters.calls(1);
    if (isFields(request) && Array.isArray(request["writes"])) counters.writes(request["writes"].length);
    return call;
  });
  wrapMethod(firestore, "requestStream", (call, [method]) => {
    counters.calls(1);
    return method === "listen" ? call : counted(call, method === "runQuery", counters);
  });
}

async function counted(call: unknown, isQuery: boolean, counters: FirestoreCounters): Promise<unknown> {
  const stream = await call;
  // The client hands it out paused, so that to look at what comes by sets nothing going.
  if (!(stream instanceof Readable)) return stream;
  let reads = 0;
  stream.on("data", (response: unknown) => {
    const billed = readsOf(response);
    reads += billed;
    counters.reads(billed);
  });
  stream.once("end", () => {
    if (isQuery && reads === 0) counters.reads(1);
  });
  return stream;
}

function readsOf(response: unknown): number {
  if (!isFields(response)) return 0;
  const { found, missing, document, result } = response;
  if (isFields(found) || isFields(document) || (typeof missing === "string" && missing !== "")) return 1;
  return isFields(result) ? Math.max(1, Math.ceil(entriesOf(result["aggregateFields"]) / ENTRIES_PER_READ)) : 0;
}

/** How many entries the counts of an aggregation went through: each goes through the same ones. */
function entriesOf(aggregates: unknown): number {
  if (!isFields(aggregates)) return 0;
  return Math.max(0, ...Object.values(aggregates).map((value) => (isFields(value) ? Number(value["integerValue"] ?? 0) : 0)));
}
