import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { z } from "zod";

// The floor reads its own messages and checks nothing in them: only what a schema of `any` object can tell is told.
const commands = z.object({ items: z.array(z.custom<ApplyCommand>()) });
const observations = z.object({ items: z.array(z.custom<Observation>()) });

export function commandsIn(text: string): readonly ApplyCommand[] {
  return commands.parse(JSON.parse(text)).items;
}

export function observationsIn(text: string): readonly Observation[] {
  return observations.parse(JSON.parse(text)).items;
}
