import type { Clock } from "@member-sync/shared/clock.ts";
import type { Policy } from "../core/policy.ts";
import type { FieldMaps } from "./field-maps.ts";
import type { Control, ControlStore } from "./ports.ts";

/** How long a change of pause or direction may take to reach another instance. */
const CACHE_MS = 2_000;

/** The rules in force: what the configuration says, with pause and direction as operators set them. */
export interface PolicySource {
  readonly current: () => Promise<Policy>;
  readonly control: () => Promise<Control>;
  change(change: Partial<Pick<Control, "paused" | "direction" | "reason">>): Promise<Control>;
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

  return {
    control,
    async current() {
      const [{ paused, direction }, fieldMap] = await Promise.all([control(), fieldMaps?.inForce()]);
      return { ...base, paused, direction, ...(fieldMap && { fieldMap }) };
    },
    async change(change) {
      const changed: Control = { ...(await store.read()), ...change, changedAt: clock() };
      // A reason explains what is held back; where nothing is, an old one would only mislead.
      const isOpen = !changed.paused && changed.direction === "both";
      const next = isOpen ? { ...changed, reason: change.reason ?? null } : changed;
      await store.write(next);
      cached = { control: next, readAt: clock() };
      return next;
    },
  };
}
