import type { Life } from "@member-sync/shared/member/member-record.ts";
import { mappedPaths } from "@member-sync/shared/member/field-map.ts";
import type { MemberSync } from "@member-sync/shared/sync-config.ts";
import { valueAt } from "./document-paths.ts";
import type { DocumentData, Snapshot } from "./ports.ts";

/** Where we keep our own fields in the document. Only these and the mapped paths are ever written. */
export const PATHS = {
  kennitala: "profile.kennitala",
  status: "membership.status",
  djangoId: "metadata.django_id",
  lastModified: "metadata.last_modified",
  deletedAt: "metadata.deleted_at",
  writeId: "metadata.sync.write_id",
  syncRevision: "metadata.sync.revision",
  syncAt: "metadata.sync.at",
  syncRefused: "metadata.sync.refused",
} as const;

const MAX_WRITE_ID = 100;
/** Between the time that the server stamps into a write and the write's commit time. */
const STAMP_TO_COMMIT_MS = 2_000;

export function lifeOf(snapshot: Snapshot | undefined): Life {
  if (snapshot === undefined) return "missing";
  return (valueAt(snapshot.data, PATHS.deletedAt) ?? null) === null ? "alive" : "deleted";
}

/** The last of our write ids that stands on the document. */
export function writeIdOf(data: DocumentData): string | null {
  const value = valueAt(data, PATHS.writeId);
  return typeof value === "string" && value.length > 0 && value.length <= MAX_WRITE_ID ? value : null;
}

/** What the document keeps of the groups that a write of ours left out: the write's id, then their names. */
export function refusedMark(writeId: string, groups: readonly string[]): string {
  return [writeId, ...groups].join(" ");
}

/** The groups that the document's last write of ours left out; a mark of an older write says nothing of this one. */
export function refusedOf(data: DocumentData, writeId: string): readonly string[] {
  const mark = valueAt(data, PATHS.syncRefused);
  const [of, ...groups] = typeof mark === "string" ? mark.split(" ") : [];
  return of === writeId ? groups : [];
}

export function djangoIdOf(data: DocumentData): number | null {
  const value = valueAt(data, PATHS.djangoId);
  return typeof value === "number" && Number.isSafeInteger(value) ? value : null;
}

/** Epoch milliseconds of the commit that left the document so. */
export function committedAt(snapshot: Snapshot): number {
  return Number(BigInt(snapshot.revision) / 1_000_000n);
}

/**
 * Whether a commit was our applier's. A write of ours always brings a new write id, and names the revision that it
 * went over, or none and the very moment as a create; otherwise somebody put an old document back.
 */
export function isOwnWrite(before: Snapshot | undefined, after: Snapshot): boolean {
  const writeId = writeIdOf(after.data);
  if (writeId === null) return false;
  if (before !== undefined) return writeId !== writeIdOf(before.data) && valueAt(after.data, PATHS.syncRevision) === before.revision;
  const stamped = valueAt(after.data, PATHS.syncAt);
  return (
    valueAt(after.data, PATHS.syncRevision) === null &&
    stamped instanceof Date &&
    Math.abs(committedAt(after) - stamped.getTime()) <= STAMP_TO_COMMIT_MS
  );
}

/** What of the user's configuration would make us write, or take for an edit, what nobody may steer. */
export function steeringProblems(memberSync: Pick<MemberSync, "fieldMap" | "notSteerable">): readonly string[] {
  const own = [...Object.values(PATHS), ...memberSync.notSteerable];
  const overlaps = (a: string, b: string) => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
  return [...mappedPaths(memberSync.fieldMap)]
    .filter((path) => own.some((root) => overlaps(path, root)))
    .map((path) => `field map: ${path} is a path that members may not steer, or one of our own`);
}
