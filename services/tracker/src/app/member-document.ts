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
  /** The map of our mark: what follows stands in it. */
  sync: "metadata.sync",
  writeId: "metadata.sync.write_id",
  syncRevision: "metadata.sync.revision",
  syncAt: "metadata.sync.at",
  syncRefused: "metadata.sync.refused",
  syncSignature: "metadata.sync.sig",
} as const;

export function lifeOf(snapshot: Snapshot | undefined): Life {
  return snapshot === undefined ? "missing" : lifeOfData(snapshot.data);
}

export function lifeOfData(data: DocumentData): Exclude<Life, "missing"> {
  return (valueAt(data, PATHS.deletedAt) ?? null) === null ? "alive" : "deleted";
}

export function djangoIdOf(data: DocumentData): number | null {
  const value = valueAt(data, PATHS.djangoId);
  return typeof value === "number" && Number.isSafeInteger(value) ? value : null;
}

/** Epoch milliseconds of the commit that left the document so. */
export function committedAt(snapshot: Snapshot): number {
  return Number(BigInt(snapshot.revision) / 1_000_000n);
}

/** What of the user's configuration would make us write, or take for an edit, what nobody may steer. */
export function steeringProblems(memberSync: Pick<MemberSync, "fieldMap" | "notSteerable">): readonly string[] {
  const own = [...Object.values(PATHS), ...memberSync.notSteerable];
  const overlaps = (a: string, b: string) => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
  return [...mappedPaths(memberSync.fieldMap)]
    .filter((path) => own.some((root) => overlaps(path, root)))
    .map((path) => `field map: ${path} is a path that members may not steer, or one of our own`);
}
