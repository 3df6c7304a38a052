import { describe, expect, test } from "vitest";
import { SIDES } from "./member/side.ts";
import { applyTopic, changesTopic, FLUSH_SCHEDULE, SUBSCRIPTIONS, SWEEP_SCHEDULE, TOPICS } from "./topology.ts";

describe("the topology", () => {
  test("has no name twice", () => {
    expect(new Set(TOPICS).size).toBe(TOPICS.length);
    expect(new Set(SUBSCRIPTIONS.map(({ name }) => name)).size).toBe(SUBSCRIPTIONS.length);
  });

  test.each(SIDES)("carries the changes of %s to the reconciler, and its commands to whom they concern", (side) => {
    const to = (topic: string) =>
      SUBSCRIPTIONS.filter((subscription) => subscription.topic === topic).map(({ service, path }) => `${service} ${path}`);
    expect(to(changesTopic(side))).toEqual(["reconciler /pubsub/changes"]);
    expect(to(applyTopic(side))).toEqual([side === "django" ? "django-adapter /pubsub/apply" : "tracker /pubsub/apply"]);
  });

  test.each(SUBSCRIPTIONS)("$name stays within what Pub/Sub allows", ({ ackDeadlineSeconds, retry, deadLetter }) => {
    expect(ackDeadlineSeconds).toBeGreaterThanOrEqual(10);
    expect(ackDeadlineSeconds).toBeLessThanOrEqual(600);
    expect(retry.minBackoffSeconds).toBeLessThanOrEqual(retry.maxBackoffSeconds);
    expect(retry.maxBackoffSeconds).toBeLessThanOrEqual(600);
    expect(deadLetter?.maxDeliveryAttempts ?? 5).toBeGreaterThanOrEqual(5);
    expect(deadLetter?.maxDeliveryAttempts ?? 5).toBeLessThanOrEqual(100);
  });

  test("keeps what the broker gives up on, all but dead letters themselves", () => {
    const without = SUBSCRIPTIONS.filter(({ deadLetter }) => deadLetter === undefined);
    expect(without.map(({ topic }) => topic)).toEqual(["member-dead-letters"]);
    expect(SUBSCRIPTIONS.some(({ topic }) => topic === "member-dead-letters")).toBe(true);
  });

  test("flushes at night and sweeps each minute, at Reykjavik's time", () => {
    expect(FLUSH_SCHEDULE).toMatchObject({ cron: "30 3 * * *", timeZone: "Atlantic/Reykjavik", path: "/flush" });
    expect(SWEEP_SCHEDULE).toMatchObject({ cron: "* * * * *", path: "/sweep" });
  });
});
