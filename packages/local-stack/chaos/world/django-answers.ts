import { z } from "zod";
import { eventually } from "../../e2e/world/eventually.ts";
import type { World } from "../../e2e/world/world.ts";

const request = z.object({ changes: z.array(z.looseObject({ kennitala: z.string(), write_id: z.string() })) });
const answer = z.object({ results: z.array(z.looseObject({ ssn: z.string(), write_id: z.string() })) });

export type AskedChange = z.infer<typeof request>["changes"][number];

/** The changes that a request to `apply/` asks for. */
export function changesIn(body: string): readonly AskedChange[] {
  return request.parse(JSON.parse(body)).changes;
}

/** A request with only those changes that `keep` says. */
export function onlyChanges(body: string, keep: (change: AskedChange, index: number) => boolean): string {
  return JSON.stringify({ changes: changesIn(body).filter(keep) });
}

/** An answer with a failure for each change that has no result in it. */
export function withFailures(given: string, body: string, message: string): string {
  const { results } = answer.parse(JSON.parse(given));
  const answered = new Set(results.map(({ write_id: writeId }) => writeId));
  const failures = changesIn(body)
    .filter(({ write_id: writeId }) => !answered.has(writeId))
    .map(({ kennitala, write_id: writeId }) => ({ ssn: kennitala, write_id: writeId, status: "error", message, errors: {} }));
  return JSON.stringify({ results: [...results, ...failures] });
}

/** Has the portal edit all of them so that their commands travel to Django in one message. */
export async function editTogether(world: World, edits: Parameters<World["portal"]["editAll"]>[0]): Promise<void> {
  await world.api.control({ paused: true });
  try {
    await world.portal.editAll(edits);
    await eventually({ what: "all edits being taken in", withinMs: 60_000 }, async () => {
      if ((await world.api.status()).backlog?.due !== edits.length) throw new Error("some are on their way");
    });
  } finally {
    await world.api.control({ paused: false });
  }
}

/** Closes every open dead letter; answers with how many there were. */
export async function discardDeadLetters({ api }: World): Promise<number> {
  const open = await api.deadLetters();
  for (const { id } of open) {
    await api.call("POST", `/api/dead-letters/${encodeURIComponent(id)}/discard`, { reason: "made by a test" });
  }
  return open.length;
}
