import { z } from "zod";
import type { MemberRecord } from "../member/member-record.ts";
import { isPlainGroup, isPlainObject, isPlainRecord } from "../member/plain-record.ts";
import { applyCommand } from "./apply-command.ts";
import { observation, type Observation } from "./observation.ts";

const record = z.custom<MemberRecord>(isPlainRecord);
const changed = z.custom<NonNullable<Observation["changed"]>>(isPlainChanged);

/**
 * The items' schemas with a shorter way through a member's values, which are most of an item. What these take the real
 * ones take too, and make the same of it; what these refuse the real ones must judge.
 */
export const quickSchemas = {
  "member-change.v1": observation.extend({ record, changed: changed.optional() }),
  "member-apply.v1": applyCommand.extend({ groups: record }),
} as const;

function isPlainChanged(value: unknown): boolean {
  return isPlainObject(value) && Object.values(value).every(isFromTo);
}

function isFromTo(value: unknown): boolean {
  return isPlainObject(value) && Object.entries(value).every(([key, each]) => (key === "from" || key === "to") && isPlainGroup(each));
}
