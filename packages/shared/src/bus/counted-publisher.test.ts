import { expect, test } from "vitest";
import { createMetrics } from "../telemetry/metrics.ts";
import { message } from "./collector.fixture.ts";
import { countedPublisher } from "./counted-publisher.ts";
import { MemoryBus } from "./memory/memory-bus.ts";

const countOf = (text: string, topic: string) =>
  text.split("\n").find((line) => line.startsWith("membersync_messages_published_total") && line.includes(`topic="${topic}"`));

test("messages are counted by topic, and every topic from 0", async () => {
  const metrics = createMetrics("probe");
  const publisher = countedPublisher(new MemoryBus(), metrics);
  await publisher.publish("member-changes-django", [message("a"), message("b")]);
  await publisher.publish("member-changes-django", [message("c")]);
  expect(countOf(await metrics.text(), "member-changes-django")).toMatch(/ 3$/);
  expect(countOf(await metrics.text(), "member-apply-django")).toMatch(/ 0$/);
});

test("a message that the broker has not taken is not counted", async () => {
  const metrics = createMetrics("probe");
  const broken = { publish: () => Promise.reject(new Error("no broker")) };
  await expect(countedPublisher(broken, metrics).publish("member-changes-django", [message("a")])).rejects.toThrow("no broker");
  expect(countOf(await metrics.text(), "member-changes-django")).toMatch(/ 0$/);
});
