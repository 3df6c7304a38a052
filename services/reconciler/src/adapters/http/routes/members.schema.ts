import { groupValue } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import { z } from "zod";
import { OUTCOMES, RULES, type HistoryRecord } from "../../../core/history.ts";
import type { Hub, Parked } from "../../../core/hub.ts";
import type { MemberView } from "../use-cases.ts";
import { instant, iso, isoOrNull, memberRef, pageSchema, paging, side } from "../wire.ts";

const origin = side.or(z.literal("hub")).describe("`hub` is a person's decision");
const parked = z.object({ conflictId: z.string(), cause: z.string(), openedAt: instant });
const revisions = z.object({ django: z.string().optional(), firestore: z.string().optional() });
const stamp = { side: origin, actor: z.string().nullable(), changedAt: instant.nullable() };
const inFlight = z.object({ writeId: z.string(), groups: z.array(z.string()), emittedAt: instant });

const sideSchema = z.object({
  revision: z.string(),
  life: z.enum(["alive", "deleted", "missing"]),
  inFlight: inFlight.nullable(),
  waiting: z.boolean(),
});

const groupSchema = z.object({
  group: z.string(),
  value: groupValue.describe("what the hub holds as agreed"),
  ver: z.number().int(),
  ...stamp,
  parked: parked.nullable(),
  django: groupValue.optional().describe("what Django was last known to hold; missing where it does not carry the group"),
  firestore: groupValue.optional(),
});

export const memberSchema = z
  .object({
    memberRef: z.string(),
    djangoId: z.number().int().nullable(),
    inSync: z.boolean(),
    inSyncSince: instant.nullable(),
    life: z.object({
      state: z.enum(["alive", "deleted"]),
      ver: z.number().int(),
      incarnation: z.number().int(),
      ...stamp,
      parked: parked.nullable(),
    }),
    groups: z.array(groupSchema),
    django: sideSchema.nullable().describe("null: never heard of there"),
    firestore: sideSchema.nullable(),
  })
  .meta({ id: "Member" });

const entrySchema = z.object({
  group: z.string(),
  outcome: z.enum(OUTCOMES),
  ...stamp,
  value: groupValue,
  other: groupValue.describe("the value replaced, or the one it lost to"),
  ver: z.number().int(),
  rule: z.enum(RULES),
  code: z.string().optional().describe("the side's own code for a rejection"),
  conflictId: z.string().optional(),
});

const historySchema = z.object({ id: z.string(), at: instant, revisions, entries: z.array(entrySchema) }).meta({ id: "HistoryRecord" });

export const timelineList = pageSchema(historySchema);
export const timelineQuery = z.object(paging);
export const memberParams = z.object({ memberRef });
export const lookupBody = z.strictObject({ kennitala: z.string().max(50) });
export const lookupAnswer = z.object({ memberRef: z.string() });

export function timelineToWire({ id, at, revisions: taken, entries }: HistoryRecord): z.infer<typeof historySchema> {
  return {
    id,
    at: iso(at),
    revisions: { ...taken },
    entries: entries.map((entry) => ({ ...entry, changedAt: isoOrNull(entry.changedAt) })),
  };
}

export function memberToWire({ hub, inSync, inSyncSince }: MemberView): z.infer<typeof memberSchema> {
  return {
    memberRef: hub.memberRef,
    djangoId: hub.djangoId,
    inSync,
    inSyncSince: isoOrNull(inSyncSince),
    life: { ...hub.life, changedAt: isoOrNull(hub.life.changedAt), parked: parkedToWire(hub.life.parked) },
    groups: Object.keys(hub.groups)
      .toSorted()
      .flatMap((group) => groupToWire(hub, group) ?? []),
    django: sideToWire(hub, "django"),
    firestore: sideToWire(hub, "firestore"),
  };
}

function groupToWire(hub: Hub, group: string): z.infer<typeof groupSchema> | undefined {
  const register = hub.groups[group];
  if (register === undefined) return undefined;
  const django = hub.sides.django?.shadow[group];
  const firestore = hub.sides.firestore?.shadow[group];
  const { value, ver, side: from, actor } = register;
  return {
    group,
    value,
    ver,
    side: from,
    actor,
    changedAt: isoOrNull(register.changedAt),
    parked: parkedToWire(register.parked),
    ...(django !== undefined && { django }),
    ...(firestore !== undefined && { firestore }),
  };
}

function sideToWire(hub: Hub, name: Side): z.infer<typeof sideSchema> | null {
  const waiting = hub.waiting[name]?.observation;
  const out = hub.out[name];
  const known = hub.sides[name] ?? waiting;
  if (known === undefined && out === undefined) return null;
  return {
    revision: known?.revision ?? "0",
    life: known?.life ?? "missing",
    inFlight: out === undefined ? null : { writeId: out.writeId, groups: Object.keys(out.groups), emittedAt: iso(out.emittedAt) },
    waiting: hub.waiting[name] !== undefined,
  };
}

function parkedToWire(mark: Parked | undefined): z.infer<typeof parked> | null {
  return mark === undefined ? null : { conflictId: mark.conflictId, cause: mark.cause, openedAt: iso(mark.openedAt) };
}
