import { describe, expect, test } from "vitest";
import { collector, message } from "../collector.fixture.ts";
import { MemoryBus } from "./memory-bus.ts";

const DJANGO = "reconciler-changes-django";

describe("the memory bus", () => {
  test("drains: until every message was acknowledged, those that wait for another try too", async () => {
    const bus = new MemoryBus({ minBackoffMs: 5 });
    const attempts = new Map<string, number>();
    bus.consume(DJANGO, async ({ data }) => {
      attempts.set(data, (attempts.get(data) ?? 0) + 1);
      if (data === "0" && attempts.get(data) === 1) await bus.publish("member-apply-django", [message("command")]);
      return (attempts.get(data) ?? 0) < 3 ? "retry" : "ack";
    });
    bus.consume("django-adapter-apply", async ({ data }) => {
      attempts.set(data, 1);
      return "ack";
    });
    await bus.publish(
      "member-changes-django",
      Array.from({ length: 20 }, (_, index) => message(String(index))),
    );
    await bus.drain();
    expect([...attempts.values()].toSorted()).toEqual([1, ...Array.from({ length: 20 }, () => 3)]);
    expect(bus.pending(DJANGO)).toBe(0);
  });

  test("gives up on a message after its attempts, and keeps it among the dead letters with where it came from", async () => {
    const errors: unknown[] = [];
    const bus = new MemoryBus({ minBackoffMs: 1, maxDeliveryAttempts: 3, onError: (error) => errors.push(error) });
    const letters = collector();
    bus.consume(DJANGO, async () => {
      throw new Error("poison");
    });
    bus.consume("reconciler-dead-letters", letters.handler);
    await bus.publish("member-changes-django", [message("poison")]);
    await bus.drain();
    expect(errors).toHaveLength(3);
    expect(letters.seen).toMatchObject([
      {
        data: "poison",
        attributes: {
          schema: "member-change.v1",
          CloudPubSubDeadLetterSourceSubscription: DJANGO,
          CloudPubSubDeadLetterSourceDeliveryCount: "3",
        },
      },
    ]);
  });

  test("is idle though nobody listens to a subscription", async () => {
    const bus = new MemoryBus();
    await bus.publish("member-changes-django", [message("x")]);
    await bus.drain();
    expect(bus.pending(DJANGO)).toBe(1);
  });

  test("refuses a subscription that is not declared, and a second consumer", () => {
    const bus = new MemoryBus();
    bus.consume(DJANGO, async () => "ack");
    expect(() => bus.consume(DJANGO, async () => "ack")).toThrow();
    expect(() => bus.consume("nobody", async () => "ack")).toThrow();
  });
});
