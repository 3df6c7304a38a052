import { describe, expect, test } from "vitest";
import { createMetrics } from "./metrics.ts";

describe("metrics", () => {
  test("of a counter start at 0 for every set of labels", async () => {
    const metrics = createMetrics("probe");
    const changes = metrics.counter("membersync_changes_total", "Changes", {
      direction: ["to-django", "to-firestore"],
      outcome: ["applied", "stale"],
    });
    changes.inc({ direction: "to-django", outcome: "applied" }, 2);
    const lines = (await metrics.text()).split("\n").filter((line) => line.startsWith("membersync_changes_total{"));
    expect(lines.map((line) => line.split(" ").at(-1)).toSorted()).toEqual(["0", "0", "0", "2"]);
    expect(lines.every((line) => line.includes('service="probe"'))).toBe(true);
  });

  test("of a gauge may ask at each scrape", async () => {
    const metrics = createMetrics("probe");
    let open = 1;
    metrics.gauge("membersync_open_conflicts", "Open conflicts", [], async (gauge) => gauge.set(open));
    expect(await metrics.text()).toContain('membersync_open_conflicts{service="probe"} 1');
    open = 2;
    expect(await metrics.text()).toContain('membersync_open_conflicts{service="probe"} 2');
  });

  test("of a gauge that cannot ask keep their last value, and all others", async () => {
    const metrics = createMetrics("probe");
    metrics.gauge("membersync_open_conflicts", "Open conflicts", [], async () => {
      throw new Error("store is away");
    });
    metrics.counter("membersync_x_total", "X").inc();
    expect(await metrics.text()).toContain('membersync_x_total{service="probe"} 1');
  });

  test("of a histogram count in seconds", async () => {
    const metrics = createMetrics("probe");
    metrics.histogram("membersync_change_latency_seconds", "Latency", ["direction"]).observe({ direction: "to-django" }, 0.02);
    expect(await metrics.text()).toMatch(/membersync_change_latency_seconds_bucket\{le="0.025",.*\} 1/);
  });

  test("of two services in one process do not meet", async () => {
    const [one, other] = [createMetrics("one"), createMetrics("other")];
    one.counter("membersync_x_total", "X").inc();
    other.counter("membersync_x_total", "X");
    expect(await other.text()).toContain('membersync_x_total{service="other"} 0');
  });
});
