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
 * and so is a query that finds nothing. Tries that the transport makes anew by itself are not seen.
 */
export function countCalls(firestore: Firestore, counters: FirestoreCounters): void {
  wrapMethod(firestore, "request", (call, [, request]) => {
    counters.calls(1);
    if (isFields(request) && Array.isArray(request["writes"])) counters.writes(request["writes"].length);
    return call;
  });
  const newsOf = createNewsCount();
  wrapMethod(firestore, "requestStream", (call, [method]) => {
    counters.calls(1);
    return method === "listen" ? counted(call, newsOf, 0, counters) : counted(call, readsOf, method === "runQuery" ? 1 : 0, counters);
  });
}

/** @param least what is billed when nothing was found */
async function counted(call: unknown, billOf: (response: unknown) => number, least: number, counters: FirestoreCounters): Promise<unknown> {
  const stream = await call;
  // The client hands it out paused, so that to look at what comes by sets nothing going.
  if (!(stream instanceof Readable)) return stream;
  let reads = 0;
  stream.on("data", (response: unknown) => {
    const billed = billOf(response);
    reads += billed;
    counters.reads(billed);
  });
  stream.once("end", () => {
    if (reads < least) counters.reads(least);
  });
  return stream;
}

function readsOf(response: unknown): number {
  if (!isFields(response)) return 0;
  const { found, missing, document, result } = response;
  if (isFields(found) || isFields(document) || (typeof missing === "string" && missing !== "")) return 1;
  return isFields(result) ? Math.max(1, Math.ceil(entriesOf(result["aggregateFields"]) / ENTRIES_PER_READ)) : 0;
}

/**
 * What a listener hears is billed when it is new: one whose connection breaks, or is idle for two minutes, goes on where
 * it was. The emulator (1.19) tells all of it anew.
 */
function createNewsCount(): (response: unknown) => number {
  const known = new Map<unknown, string>();
  return (response) => {
    if (!isFields(response)) return 0;
    const { documentChange, documentDelete } = response;
    const changed = isFields(documentChange) ? documentChange["document"] : undefined;
    const name = isFields(changed) ? changed["name"] : isFields(documentDelete) ? documentDelete["document"] : undefined;
    const version = isFields(changed) ? JSON.stringify(changed["updateTime"]) : "none";
    if (name === undefined || known.get(name) === version) return 0;
    known.set(name, version);
    return 1;
  };
}

/** How many entries the counts of an aggregation went through: each goes through the same ones. */
function entriesOf(aggregates: unknown): number {
  if (!isFields(aggregates)) return 0;
  return Math.max(0, ...Object.values(aggregates).map((value) => (isFields(value) ? Number(value["integerValue"] ?? 0) : 0)));
}
