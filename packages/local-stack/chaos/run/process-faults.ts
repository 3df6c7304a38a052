import type { Part } from "../../e2e/world/world.ts";
import { between, lasting, type Fault, type Faults, type Scene } from "./fault.ts";

/** Killed outright, gone for a moment, started again. */
const kill = (part: Part): Fault => ({
  kind: `kill -9 ${part}`,
  run: (scene) =>
    holding(scene, part, async () => {
      await scene.world.kill(part);
      await lasting(scene, between(scene, 0, 6_000));
      await scene.world.restart(part);
    }),
});

/** Stopped longer than it takes to answer, then going on as if nothing had been. */
const stop = (part: Part | "firestore" | "pubsub"): Fault => ({
  kind: `SIGSTOP ${part}`,
  run: (scene) =>
    holding(scene, part, async () => {
      const process = scene.world.stack.processes[part];
      process?.kill("SIGSTOP");
      await lasting(scene, between(scene, 500, 15_000));
      process?.kill("SIGCONT");
    }),
});

/** All that it held is lost; what has no outbox behind it is brought back by the backfill, as an operator would. */
export const emptyPubSub: Fault = {
  kind: "Pub/Sub killed, started empty",
  run: (scene) =>
    holding(scene, "pubsub", async () => {
      const { pubsub } = scene.world.stack.processes;
      pubsub?.kill("SIGKILL");
      await pubsub?.waitForExit();
      await lasting(scene, between(scene, 0, 4_000));
      await pubsub?.restart();
      await scene.tapped.again();
      scene.lost();
    }),
};

export const PROCESS_FAULTS: Faults = [
  kill("tracker"),
  kill("djangoAdapter"),
  kill("reconciler"),
  kill("django"),
  stop("tracker"),
  stop("djangoAdapter"),
  stop("reconciler"),
  stop("django"),
  stop("firestore"),
  stop("pubsub"),
];

async function holding({ held }: Scene, part: string, work: () => Promise<void>): Promise<void> {
  held.add(part);
  try {
    await work();
  } finally {
    held.delete(part);
  }
}
