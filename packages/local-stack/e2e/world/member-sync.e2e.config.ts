import { memberSync as own } from "../../../../member-sync.config.ts";

/** The user's configuration, with a window short enough to be passed in a test, and a group that always asks. */
export const memberSync = {
  ...own,
  clockUncertaintyMs: 100,
  policies: { ...own.policies, facebook: { kind: "lww", windowMs: 400 } },
} as const;
