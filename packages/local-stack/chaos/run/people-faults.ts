import { EDITED, type newValues } from "../world/new-values.ts";
import { between, lasting, type Fault, type Faults } from "./fault.ts";

/** What operators do to a system that runs. */
export const PEOPLE_FAULTS: Faults = [
  {
    kind: "paused for a while",
    async run(scene) {
      await scene.world.api.control({ paused: true });
      await lasting(scene, between(scene, 500, 5_000));
      await scene.world.api.control({ paused: false });
    },
  },
  {
    kind: "one direction closed for a while",
    async run(scene) {
      await scene.world.api.control({ direction: scene.tape.pick(["to-firestore", "to-django", "none"]) });
      await lasting(scene, between(scene, 500, 5_000));
      await scene.world.api.control({ direction: "both" });
    },
  },
];

/** Conflicts are decided, by people whose page is up to date and by others. */
export function decisions(values: ReturnType<typeof newValues>): Faults {
  return [
    { kind: "conflict decided", run: decide(values, 0) },
    { kind: "conflict decided", run: decide(values, 0) },
    { kind: "conflict decided on an old page", run: decide(values, 1_500) },
  ];
}

function decide(values: ReturnType<typeof newValues>, afterMs: number): Fault["run"] {
  return async (scene) => {
    const { api } = scene.world;
    const [first, ...rest] = await api.conflicts();
    if (first === undefined) return;
    const conflict = scene.tape.pick([first, ...rest]);
    const group = EDITED.find((each) => each === conflict.group);
    const choice = scene.tape.pick(group === undefined ? (["django", "firestore"] as const) : (["django", "firestore", "custom"] as const));
    await lasting(scene, afterMs);
    await api.resolve(conflict, choice === "custom" && group !== undefined ? { choice, value: values(group).value } : { choice });
  };
}
