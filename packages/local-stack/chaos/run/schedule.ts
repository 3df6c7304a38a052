import { tapeOf } from "../world/tape.ts";
import { lasting, type Faults, type Scene } from "./fault.ts";

/** Faults of one sort, one at a time; several sorts go on at once. */
export interface Sort {
  readonly name: string;
  readonly faults: Faults;
  /** Mean pause between two of them. */
  readonly everyMs: number;
}

/** How often each kind befell the system, and what could not be done. */
export interface Tally {
  readonly counts: ReadonlyMap<string, number>;
  readonly failed: readonly string[];
}

/** Breaks things until the signal, each sort by a tape of its own; resolves when the last fault has healed. */
export async function breakThings(
  seed: number,
  sorts: readonly Sort[],
  scene: Omit<Scene, "tape">,
  tally: { readonly counts: Map<string, number>; readonly failed: string[] },
): Promise<void> {
  await Promise.all(
    sorts.map(async ({ name, faults, everyMs }) => {
      const tape = tapeOf(seed, `faults ${name}`);
      while (!scene.signal.aborted) {
        await lasting(scene, -Math.log(1 - tape.next()) * everyMs);
        if (scene.signal.aborted) return;
        const fault = tape.pick(faults);
        tally.counts.set(fault.kind, (tally.counts.get(fault.kind) ?? 0) + 1);
        await fault.run({ ...scene, tape }).catch((error: unknown) => {
          tally.failed.push(`${fault.kind}: ${error instanceof Error ? error.message.split("\n")[0] : "no reason"}`);
        });
      }
    }),
  );
}
