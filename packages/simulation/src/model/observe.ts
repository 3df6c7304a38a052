import type { Side } from "@member-sync/shared/member/side.ts";
import type { Answer, Observation, Refusal } from "@member-sync/shared/messages/observation.ts";
import type { Content, WorldRules } from "./state.ts";

export const MEMBER = { memberRef: "m", kennitala: "0101302989" } as const;
export const NOW = Date.UTC(2026, 5, 1, 12);
const HOUR = 3_600_000;

/** What a side says of itself. Its clock is its revision in hours, and Firestore's runs backwards: no promise may lean on it. */
export function observe(side: Side, content: Content, rules: WorldRules, more: { readonly answer?: Answer } = {}): Observation {
  const drift = side === "django" ? content.revision : -content.revision;
  return {
    ...MEMBER,
    id: `${side}:${content.revision}`,
    side,
    revision: String(content.revision),
    life: content.life,
    record: content.record,
    changedAt: NOW + drift * 2 * HOUR,
    actor: null,
    djangoId: content.djangoId,
    writeId: content.writeId,
    ...(side === "firestore" && content.life !== "missing" && { created: String(content.created) }),
    ...(side === "django" && rules.refusalsUntold !== true && { rejected: refusals(content.rejected) }),
    ...more,
  };
}

export function refusals(groups: readonly string[]): Record<string, Refusal> {
  return Object.fromEntries(groups.map((group) => [group, { code: "invalid", message: "refused" }]));
}
