import type { Telemetry } from "../telemetry.ts";
import { observeStanding, type ObserveRules } from "./observe.ts";
import { marked } from "./own-mark.ts";
import { fitted, type Outlet } from "./outlet.ts";
import type { MemberDocuments } from "./ports.ts";

const PAGE = 400;

export interface BackfillParts {
  readonly documents: MemberDocuments;
  readonly rules: ObserveRules;
  readonly outlet: Outlet;
  readonly telemetry: Telemetry;
}

/** `skipped`: documents that are no member's, or too large for a message; their own events tell why. */
export interface BackfillReport {
  readonly published: number;
  readonly skipped: number;
}

/**
 * Makes the function that publishes what every document holds now, page by page. It finds edits whose event was lost,
 * and is how an existing collection is taken in; what the reconciler knows already is older news to it. Rejects with a
 * `retry` SyncError, and may be repeated without harm.
 */
export function createBackfill(parts: BackfillParts): () => Promise<BackfillReport> {
  let running: Promise<BackfillReport> | undefined;
  return () => {
    running ??= run(parts).finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function run({ documents, rules, outlet, telemetry }: BackfillParts): Promise<BackfillReport> {
  let published = 0;
  let skipped = 0;
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<MemberDocuments["list"]>> = await documents.list(after, PAGE);
    const observations = page.flatMap(([id, snapshot]) => {
      const observed = observeStanding(id, marked(rules.markKey, id, snapshot), rules);
      const observation = observed.kind === "observation" ? fitted(observed.observation) : undefined;
      return observation === undefined ? [] : [observation];
    });
    await outlet.observations(observations);
    published += observations.length;
    skipped += page.length - observations.length;
    after = page.length < PAGE ? null : (page.at(-1)?.[0] ?? null);
  } while (after !== null);
  telemetry.backfilled(published, skipped);
  return { published, skipped };
}
