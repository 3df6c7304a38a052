import type { Firestore } from "@google-cloud/firestore";
import type { Bill } from "@member-sync/local-stack/bill.ts";
import type { Edit } from "../world/edits.ts";
import type { AlsoWrite } from "../world/member-documents.ts";

export const ARM_NAMES = ["seed", "webhooks", "floor", "member-sync"] as const;
export type ArmName = (typeof ARM_NAMES)[number];
export const DELIVERIES = ["push", "pull"] as const;
export type Delivery = (typeof DELIVERIES)[number];

/** One of the programs that are compared: it has members of its own, in a Firestore project of its own. */
export interface Arm extends AsyncDisposable {
  /** As it stands in the table: `floor push`. */
  readonly label: string;
  readonly projectId: string;
  readonly firestore: Firestore;
  readonly members: readonly string[];
  /** Where Firestore's events are posted to; `undefined` for an arm that does not hear them. */
  readonly eventsUrl: string | undefined;
  /** Whether Firestore's own trigger brings it the events. */
  readonly isLive: boolean;
  /** What the portal writes beside each of its edits. */
  readonly alsoWrite?: AlsoWrite;
  /** Its processes by name. */
  pids(): Readonly<Record<string, number | undefined>>;
  /** Called before its round, and after it: between them nobody else runs. */
  wake(): Promise<void>;
  rest(): Promise<void>;
  /** Sets it to work at the moment when all edits are committed; resolves when it says that it is done. */
  begin(inDjango: readonly Edit[], inPortal: readonly Edit[]): Promise<void>;
  /** Called once all edits have arrived: resolves when nothing of it is on its way any more. */
  settle(): Promise<void>;
  /** The end of its log, for an arm that fails. */
  lastWords(): readonly string[];
  /** `undefined` where it does not count. */
  counts(): Promise<Bill | undefined>;
}
