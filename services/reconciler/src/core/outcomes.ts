import type { GroupName, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { Revision } from "@member-sync/shared/member/revision.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import type { Conflict } from "./conflict.ts";
import type { HistoryEntry } from "./history.ts";
import type { ContentStamp, GroupRegister, InFlight, Instant, LifeRegister, Parked, Version, Waiting } from "./hub.ts";
import type { Restore } from "./policy.ts";

/**
 * What the rules decide, as data. `entry` outcomes are the history; each of the others is a change of the hub, which
 * only `evolve()` carries out. `side-moved` also ends the command in flight and an overtaken queued observation.
 */
export type Outcome =
  | { readonly kind: "entry"; readonly entry: HistoryEntry }
  // the agreed values
  | { readonly kind: "group-set"; readonly group: GroupName; readonly register: GroupRegister }
  | { readonly kind: "life-set"; readonly life: Omit<LifeRegister, "parked"> }
  // conflicts
  | { readonly kind: "parked"; readonly group: GroupName; readonly mark: Parked }
  | { readonly kind: "conflict-moved"; readonly group: GroupName }
  | { readonly kind: "conflict-closed"; readonly group: GroupName; readonly conflict: Conflict }
  // what a side holds and has seen
  | { readonly kind: "side-moved"; readonly observation: Observation; readonly restoredAt?: Instant | undefined }
  | {
      readonly kind: "content-read";
      readonly observation: Observation;
      readonly record: MemberRecord;
      readonly stamps: Readonly<Record<GroupName, ContentStamp>>;
      /** Set when only these groups were new to us. */
      readonly only?: readonly GroupName[] | undefined;
      readonly map?: string | undefined;
    }
  | { readonly kind: "content-gone"; readonly side: Side }
  | { readonly kind: "group-seen"; readonly side: Side; readonly group: GroupName; readonly ver: Version }
  | { readonly kind: "life-seen"; readonly side: Side; readonly ver: Version }
  | { readonly kind: "withheld"; readonly side: Side; readonly groups: readonly GroupName[] }
  | {
      readonly kind: "map-changed";
      readonly side: Side;
      readonly map: string;
      /** Groups that were never read there with the fields that they have now. */
      readonly groups: readonly GroupName[];
      /** Groups that are mapped to the same fields again, after a map without them. */
      readonly again: readonly GroupName[];
    }
  /** All groups that are retired from now on, also when they became fewer; each with the id of the last map that had it. */
  | { readonly kind: "groups-retired"; readonly retired: Readonly<Record<GroupName, string>> }
  | { readonly kind: "notes-heard"; readonly side: Side; readonly revision: Revision }
  // commands
  | { readonly kind: "sent"; readonly side: Side; readonly inFlight: InFlight }
  | { readonly kind: "landed"; readonly side: Side; readonly inFlight: InFlight; readonly written: readonly GroupName[] }
  | { readonly kind: "narrowed"; readonly side: Side; readonly inFlight: InFlight }
  | { readonly kind: "ended"; readonly side: Side }
  // waiting and restored sides
  | { readonly kind: "wait-over"; readonly side: Side }
  | { readonly kind: "held"; readonly side: Side; readonly waiting: Waiting }
  | { readonly kind: "side-restored"; readonly observation: Observation; readonly restore: Restore };
