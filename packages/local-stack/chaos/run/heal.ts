import { eventually } from "../../e2e/world/eventually.ts";
import type { World } from "../../e2e/world/world.ts";
import { healLines } from "./network-faults.ts";
import { reviveParts } from "./supervisor.ts";

/**
 * All that an operator does when the storm is over, and nothing more: parts run, lines are whole, both directions are
 * open, dead letters are put back on their way, and where messages were lost for good both sides are read anew.
 */
export async function heal(world: World, hasLost: boolean): Promise<void> {
  const { api, django, stack } = world;
  healLines(world);
  await eventually({ what: "all parts running", withinMs: 120_000, everyMs: 500 }, () => reviveParts(world));
  await eventually({ what: "both directions open", withinMs: 60_000, everyMs: 500 }, () =>
    api.control({ paused: false, direction: "both" }),
  );
  if (hasLost) {
    await eventually({ what: "the documents read anew", withinMs: 60_000, everyMs: 1_000 }, async () => {
      const { status } = await fetch(`${stack.addresses.tracker.url}/backfill`, { method: "POST" });
      return status === 200;
    });
    await django.python("from django.core.management import call_command; call_command('member_sync_backfill', '--all')");
  }
  for (const { id } of await api.deadLetters()) await api.call("POST", `/api/dead-letters/${encodeURIComponent(id)}/replay`);
}
