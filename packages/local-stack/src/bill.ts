import { metricIn, metricsOf } from "./service-metrics.ts";

/** What has been asked of the services that are paid for. */
export interface Bill {
  /** Calls to Firestore. */
  readonly calls: number;
  /** Documents, as they are billed; the same for writes. */
  readonly reads: number;
  readonly writes: number;
  /** Published to Pub/Sub. */
  readonly messages: number;
}

/** What the services at these addresses have asked since they began, by their own count, added up. */
export async function billOf(urls: readonly string[]): Promise<Bill> {
  const texts = await Promise.all(urls.map(metricsOf));
  const total = (name: string) => texts.reduce((sum, text) => sum + (metricIn(text, name) ?? 0), 0);
  return {
    calls: total("membersync_firestore_calls_total"),
    reads: total("membersync_firestore_reads_total"),
    writes: total("membersync_firestore_writes_total"),
    messages: total("membersync_messages_published_total"),
  };
}

export function billBetween(before: Bill, after: Bill): Bill {
  return {
    calls: after.calls - before.calls,
    reads: after.reads - before.reads,
    writes: after.writes - before.writes,
    messages: after.messages - before.messages,
  };
}
