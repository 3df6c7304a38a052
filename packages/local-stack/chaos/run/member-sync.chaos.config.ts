import { memberSync as own } from "../../../../member-sync.config.ts";

/** The user's configuration, with a group under each kind of rule, so that edits end in each way that there is. */
export const memberSync = {
  ...own,
  clockUncertaintyMs: 20,
  policies: {
    name: { kind: "owner", side: "django" },
    phone: { kind: "lww", windowMs: 0 },
    facebook: { kind: "lww", windowMs: 400 },
    birthday: { kind: "manual" },
  },
} as const;
