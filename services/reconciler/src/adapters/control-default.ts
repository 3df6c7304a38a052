import type { Control } from "../app/ports.ts";

/** How a system stands that nobody has steered yet. */
export const CONTROL_DEFAULT: Control = { paused: false, direction: "both", reason: null, changedAt: null, suspicions: [], restores: [] };
