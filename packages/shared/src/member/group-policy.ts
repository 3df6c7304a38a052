import type { Side } from "./side.ts";

/**
 * How a concurrent pair of edits of one group is resolved: the owning side wins; or the later clock wins, if the two are
 * further apart than the window; or a person is asked.
 */
export type GroupPolicy =
  | { readonly kind: "owner"; readonly side: Side }
  | { readonly kind: "lww"; readonly windowMs: number }
  | { readonly kind: "manual" };
