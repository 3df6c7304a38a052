import { expect, test } from "vitest";
import { metricIn } from "./service-metrics.ts";

const text = [
  "# HELP membersync_messages_published_total Messages",
  'membersync_messages_published_total{topic="a"} 3',
  'membersync_messages_published_total{topic="b"} 4',
  "membersync_firestore_calls_total 12",
  "membersync_firestore_calls_total_of_something_else 99",
].join("\n");

test("a counter is added up over its labels, and one that is not there is not zero", () => {
  expect(metricIn(text, "membersync_messages_published_total")).toBe(7);
  expect(metricIn(text, "membersync_firestore_calls_total")).toBe(12);
  expect(metricIn(text, "membersync_firestore_reads_total")).toBeUndefined();
});
