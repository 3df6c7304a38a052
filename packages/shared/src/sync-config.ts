import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { SyncError } from "./errors/sync-error.ts";
import type { FieldMap } from "./member/field-map.ts";
import type { GroupPolicy } from "./member/group-policy.ts";
import type { GroupName } from "./member/member-record.ts";
import { MAX_BYTES, MAX_ITEMS } from "./messages/envelope.ts";

/** How many members one side may delete, blank or change within the window before that direction stops itself. */
export interface BreakerThresholds {
  readonly windowMs: number;
  readonly maxDeleted: number;
  readonly maxBlanked: number;
  readonly maxChanged: number;
}

/** All that a user decides about the sync: what is equal, who wins, what nobody may steer. */
export interface MemberSync {
  readonly fieldMap: FieldMap;
  /** One for every group of the field map. */
  readonly policies: Readonly<Record<GroupName, GroupPolicy>>;
  /** Paths of the Firestore document, with all below them, that the portal's users may not steer. */
  readonly notSteerable: readonly string[];
  /** What a document removed from Firestore means: deactivate in Django, or ask. */
  readonly firestoreDelete: "review" | "deactivate";
  /** How often in a row a side may rewrite what it is sent before the group is parked. */
  readonly maxBounces: number;
  /** Added to every conflict window: how far apart the two sides' clocks may be. */
  readonly clockUncertaintyMs: number;
  readonly breaker: BreakerThresholds;
  /** Limits of a message; `lingerMs` is the longest that a live edit waits for company. */
  readonly envelope: { readonly maxItems: number; readonly maxBytes: number; readonly lingerMs: number };
}

/** What a user writes: the field map, and whatever differs from the defaults. */
export type MemberSyncInput = { readonly fieldMap: FieldMap; readonly defaultPolicy?: GroupPolicy } & {
  readonly [K in Exclude<keyof MemberSync, "fieldMap" | "breaker" | "envelope">]?: MemberSync[K];
} & { readonly breaker?: Partial<BreakerThresholds>; readonly envelope?: Partial<MemberSync["envelope"]> };

const HOUR_MS = 3_600_000;

const defaults = {
  notSteerable: ["metadata", "membership", "profile.kennitala"],
  firestoreDelete: "review",
  maxBounces: 3,
  clockUncertaintyMs: 2_000,
  breaker: { windowMs: HOUR_MS, maxDeleted: 20, maxBlanked: 50, maxChanged: 2_000 },
  envelope: { maxItems: MAX_ITEMS, maxBytes: MAX_BYTES, lingerMs: 10 },
} as const;

const policySchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("owner"), side: z.enum(["django", "firestore"]) }),
  z.strictObject({ kind: z.literal("lww"), windowMs: z.number().nonnegative() }),
  z.strictObject({ kind: z.literal("manual") }),
]);

/** Fills in the defaults, and refuses with `config_invalid` what cannot work, all of it at once. */
export function defineMemberSync(input: MemberSyncInput): MemberSync {
  const { defaultPolicy = { kind: "lww", windowMs: HOUR_MS }, policies = {}, ...rest } = input;
  const groups = Object.keys(input.fieldMap.groups);
  const memberSync: MemberSync = {
    ...defaults,
    ...rest,
    policies: Object.fromEntries(groups.map((name) => [name, policies[name] ?? defaultPolicy])),
    breaker: { ...defaults.breaker, ...input.breaker },
    envelope: { ...defaults.envelope, ...input.envelope },
  };
  const problems = [
    ...Object.keys(policies)
      .filter((name) => !groups.includes(name))
      .map((name) => `policies: there is no group ${name}`),
    ...problemsOf(memberSync),
  ];
  if (problems.length > 0) throw new SyncError("config_invalid", { problems });
  return memberSync;
}

function problemsOf(memberSync: MemberSync): readonly string[] {
  const whole = z.number().int().nonnegative();
  const shape = z.strictObject({
    fieldMap: z.unknown(),
    policies: z.record(z.string(), policySchema),
    notSteerable: z.array(z.string().min(1)),
    firestoreDelete: z.enum(["review", "deactivate"]),
    maxBounces: whole.min(1),
    clockUncertaintyMs: whole,
    breaker: z.strictObject({ windowMs: whole.min(1), maxDeleted: whole, maxBlanked: whole, maxChanged: whole }),
    envelope: z.strictObject({
      maxItems: whole.min(1).max(MAX_ITEMS),
      maxBytes: whole.min(10_000).max(MAX_BYTES),
      lingerMs: whole.max(1_000),
    }),
  });
  const issues = shape.safeParse(memberSync).error?.issues ?? [];
  return issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`));
}

/** Loads the user's `member-sync.config.ts`, whose export `memberSync` came from `defineMemberSync`. */
export async function loadMemberSync(path: string): Promise<MemberSync> {
  const file = resolve(path);
  const loaded: unknown = await import(pathToFileURL(file).href).catch((cause: unknown) => {
    if (cause instanceof SyncError) throw cause;
    const why = existsSync(file) ? firstLineOf(cause) : "there is no such file";
    throw new SyncError("config_invalid", { problems: [`${path} cannot be loaded: ${why}`] }, { cause });
  });
  if (typeof loaded === "object" && loaded !== null && "memberSync" in loaded && isMemberSync(loaded.memberSync)) return loaded.memberSync;
  throw new SyncError("config_invalid", { problems: [`${path} exports no memberSync made by defineMemberSync`] });
}

/** Of the user's own program: its words are about code, not about people. */
function firstLineOf(cause: unknown): string {
  return String(cause).trim().split("\n")[0]?.trim() ?? "";
}

function isMemberSync(value: unknown): value is MemberSync {
  return typeof value === "object" && value !== null && "fieldMap" in value && "policies" in value && "envelope" in value;
}
