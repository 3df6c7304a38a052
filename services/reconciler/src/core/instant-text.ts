import type { Instant } from "./hub.ts";

/** The last text made. The plans of one batch have one time, and making its text took a twentieth of a plan. */
let latest: { readonly instant: Instant; readonly text: string } = { instant: 0, text: "0" };

/** An instant as it is written in the ids of commands and history records. */
export function instantText(instant: Instant): string {
  if (latest.instant !== instant) latest = { instant, text: instant.toString(36) };
  return latest.text;
}
