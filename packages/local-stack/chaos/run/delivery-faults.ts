import type { Faults, Scene } from "./fault.ts";
import { TAPPED } from "./tapped.ts";

const SOME = 20;

/** Messages come twice, in the wrong order, or long after their time. */
export const DELIVERY_FAULTS: Faults = [
  {
    kind: "messages delivered again, reversed",
    run: (scene) => publish(scene, (all) => all.slice(-SOME).toReversed()),
  },
  {
    kind: "one message delivered three times more",
    run: (scene) =>
      publish(scene, (all) => {
        const one = all[scene.tape.below(all.length)];
        return one === undefined ? [] : [one, one, one];
      }),
  },
  {
    kind: "old messages delivered again",
    run: (scene) =>
      publish(scene, (all) => {
        const from = scene.tape.below(Math.max(1, all.length - SOME));
        return all.slice(from, from + SOME);
      }),
  },
];

type Messages = ReturnType<Scene["tapped"]["messages"]>;

async function publish({ world, tapped, tape }: Scene, choose: (all: Messages) => Messages): Promise<void> {
  const topic = tape.pick(TAPPED);
  for (const message of choose(tapped.messages(topic))) await world.bus.publish(topic, message);
}
