import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../e2e/world/eventually.ts";
import { openWorld, type World } from "../e2e/world/world.ts";
import { expectBalanced } from "./world/balance.ts";
import { standStill } from "./world/kill-points.ts";
import { percentile, startProbes } from "./world/probes.ts";
import { anySeed } from "./world/tape.ts";
import { startWorkload } from "./world/workload.ts";

const SERVICES = ["tracker", "djangoAdapter", "reconciler"] as const;
/** What Cloud Run leaves a service between SIGTERM and SIGKILL. */
const GRACE_MS = 10_000;

describe("Services that stop, stand still and come back while people edit", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  test("fault 3: no tracker for 5 s while people edit on both sides: all is made up for", async () => {
    await using workload = await startWorkload(world, { seed: anySeed() });
    await workload.made(20);
    await world.kill("tracker");
    const startedAt = performance.now();
    await eventually("five seconds without a tracker", () => performance.now() - startedAt > 5_000);
    expect((await world.api.status()).backlog?.inFlight, "commands that wait for it").toBeGreaterThan(0);
    await world.restart("tracker");
    await workload.made(20);
    await expectBalanced(world, workload);
  });

  test.each(SERVICES)(
    "fault 18: SIGTERM to the %s under load: it ends by itself within 10 s, and gives nothing back that it had taken",
    async (part) => {
      await using workload = await startWorkload(world, { seed: anySeed(), editsPerSecond: 60 });
      await workload.made(60);
      const service = world.stack.processes[part];
      const startedAt = performance.now();
      service?.kill("SIGTERM");
      await service?.waitForExit();
      const took = performance.now() - startedAt;
      await world.restart(part);
      await workload.made(30);
      await expectBalanced(world, workload);
      process.stdout.write(`    ${part} ended ${Math.round(took)} ms after SIGTERM\n`);
      expect(took).toBeLessThan(GRACE_MS);
      const logs = await world.logs();
      expect(logs).not.toContain("did not end within");
      expect(logs).not.toContain("message handler failed");
      expect(logs).not.toContain("request failed");
    },
  );

  test("fault 20: the reconciler stands still for 5 s: not ready meanwhile, ready after, and what was brought twice is harmless", async () => {
    await using workload = await startWorkload(world, { seed: anySeed() });
    await workload.made(20);
    const readyz = async () =>
      (await fetch(`${world.stack.addresses.reconciler.url}/readyz`, { signal: AbortSignal.timeout(2_000) })).status;
    expect(await readyz()).toBe(200);
    const still = standStill(world, "reconciler", 5_000);
    await expect(readyz()).rejects.toThrow("timeout");
    await still;
    expect(await readyz()).toBe(200);
    await expectBalanced(world, workload);
  });

  test("fault 24: nine restarts, one service after another, every 2 s or as fast as they come back: all is made up for, and every edit crosses within 45 s", async () => {
    await using workload = await startWorkload(world, { seed: anySeed() });
    await using probes = await startProbes(world);
    const startedAt = performance.now();
    for (const round of Array(9).keys()) {
      await world.restart(SERVICES[round % SERVICES.length] ?? "tracker");
      await eventually({ what: "the next turn", everyMs: 20 }, () => performance.now() - startedAt > (round + 1) * 2_000);
    }
    const crossings = await probes.stop();
    await expectBalanced(world, workload);
    const [middle, late] = [percentile(crossings, 50), percentile(crossings, 99)];
    process.stdout.write(`    ${crossings.length} edits crossed: p50 ${middle} ms, p99 ${late} ms\n`);
    expect(crossings.length).toBeGreaterThan(0);
    expect(Math.max(...crossings)).toBeLessThan(45_000);
  });
});
