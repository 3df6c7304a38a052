import { chunksOf } from "@member-sync/shared/chunks.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { DjangoMembers, ReadMember } from "./ports.ts";

/** Members read in one request. */
const MAX_READ = 200;

/** What members hold now, by kennitala; or why nothing could be read. */
export type Standings = ReadonlyMap<string, ReadMember> | { readonly error: unknown };

/** Reads the members that these commands are for, many at a time. Never rejects; without commands it asks nothing. */
export async function readStandings(
  django: Pick<DjangoMembers, "readMembers">,
  commands: readonly Pick<ApplyCommand, "kennitala">[],
): Promise<Standings> {
  const kennitalas = [...new Set(commands.map(({ kennitala }) => kennitala))];
  const standings = new Map<string, ReadMember>();
  try {
    for (const part of chunksOf(kennitalas, MAX_READ)) {
      for (const member of await django.readMembers(part)) standings.set(member.kennitala, member);
    }
    return standings;
  } catch (error) {
    return { error };
  }
}
