import type { Clock } from "@member-sync/shared/clock.ts";
import type { Policy } from "../core/policy.ts";
import type { FieldMaps } from "./field-maps.ts";
import type { Control, ControlStore } from "./ports.ts";
import { latestConfirmation, openDirection, restoresIn } from "./restores.ts";

/** How long a change of pause, direction or restores may take to reach another instance. */
const CACHE_MS = 2_000;

/** The rules in force: what the configuration says, with pause, direction and restores as operators set them. */
export interface PolicySource {
  readonly current: () => Promise<Policy>;
  readonly control: () => Promise<Control>;
  /** When an operator last confirmed a restore, as far as this process knows; 0 where none ever did. */
  readonly restoredAt: () => Promise<number>;
  change(change: Partial<Pick<Control, "paused" | "direction" | "reason">>): Promise<Control>;
  /** Changes what is stored, by compare-and-set: see `ControlStore.update`. */
  update(change: (stored: Control) => Control | null): Promise<Control>;
}

export function createPolicySource(
  base: Omit<Policy, "paused" | "direction">,
  store: ControlStore,
  clock: Clock,
  fieldMaps?: FieldMaps,
): PolicySource {
  let cached: { readonly control: Control; readonly readAt: number } | undefined;

  async function control(): Promise<Control> {
    if (cached !== undefined && clock() - cached.readAt < CACHE_MS) return cached.control;
    cached = { control: await store.read(), readAt: clock() };
    return cached.control;
  }

  async function update(change: (stored: Control) => Control | null): Promise<Control> {
    const updated = await store.update(change);
    cached = { control: updated, readAt: clock() };
    return updated;
  }

  return {
    control,
    update,
    restoredAt: async () => latestConfirmation(cached?.control ?? (await control())),
    async current() {
      const [now, fieldMap] = await Promise.all([control(), fieldMaps?.inForce()]);
      return {
        ...base,
        paused: now.paused,
        direction: openDirection(now),
        restores: restoresIn(now, clock()),
        ...(fieldMap && { fieldMap }),
      };
    },
    change: (change) =>
      update((stored) => {
        const changed: Control = { ...stored, ...change, changedAt: clock() };
        // A reason explains what is held back; where nothing is, an old one would only mislead.
        const isOpen = !changed.paused && changed.direction === "both";
        return isOpen ? { ...changed, reason: change.reason ?? null } : changed;
      }),
  };
}
