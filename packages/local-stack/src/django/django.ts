import type { Supervised } from "../supervised.ts";

/** Who may do what at the Django of this stack. */
export interface DjangoAccess {
  readonly token: string;
  readonly secretKey: string;
  readonly adminUser: string;
  readonly adminPassword: string;
  readonly nudgeUrl: string;
  readonly nudgeSecret: string;
}

/** A Django that answers: the example project, or what stands in for it. */
export interface RunningDjango {
  /** With the mount, without a slash at the end. */
  readonly url: string;
  readonly backend: "django" | "stand-in";
  /** What the screen says of it: versions, database. */
  readonly description: string;
  readonly adminUrl: string | null;
  readonly manage: readonly string[];
  readonly process: Supervised | undefined;
  stop(): Promise<void>;
}
