/** Somebody's edits come alone or in small company; who brings more than this brings a backlog (a flush, a backfill). */
const MAX_LIVE = 20;

/** Whether items that came together are live edits, which go ahead of a backlog (docs/decisions/0015-lanes-and-adaptive-requests.md). */
export function areLive(items: readonly unknown[]): boolean {
  return items.length <= MAX_LIVE;
}
