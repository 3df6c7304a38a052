import { z } from "zod";

const status = z.object({ openConflicts: z.number(), openDeadLetters: z.number() });

/** What went wrong, in words; `undefined` for nothing. A rate at which edits end in conflicts is none. */
export async function troubleOf(reconcilerUrl: string, apiToken: string): Promise<string | undefined> {
  const response = await fetch(`${reconcilerUrl}/api/status`, { headers: { authorization: `Bearer ${apiToken}` } });
  const { openConflicts, openDeadLetters } = status.parse(await response.json());
  return openConflicts + openDeadLetters === 0 ? undefined : `${openConflicts} open conflicts, ${openDeadLetters} dead letters`;
}
