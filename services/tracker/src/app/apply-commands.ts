import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { observeAnswer, type ObserveRules } from "./observe.ts";
import { marked } from "./own-mark.ts";
import type { DocumentsRead, MemberDocuments, WriteOutcome } from "./ports.ts";
import { settle } from "./settle.ts";
import { writeOf, type PlannedWrite } from "./write-of.ts";

/** How one command ended, or that it has not for trouble that may pass. */
export type Ending = { readonly kind: "answered"; readonly observation: Observation } | { readonly kind: "again"; readonly error: unknown };

/**
 * Carries out a group of commands: write first, read back after. Endings in the order of the commands; never rejects.
 * A command that only looks shares the read and writes nothing. A member with several commands gets them one after the
 * other, since two writes of one document in one batch would both be held against the state before it.
 */
export async function applyCommands(
  documents: MemberDocuments,
  rules: ObserveRules,
  commands: readonly ApplyCommand[],
): Promise<readonly Ending[]> {
  const endings = new Map<ApplyCommand, Ending>();
  let rest = commands;
  while (rest.length > 0) {
    const round = firstOfEachMember(rest);
    const ended = await applyRound(documents, rules, [...round.values()]);
    for (const [command, ending] of ended) endings.set(command, ending);
    rest = rest.filter((command) => !endings.has(command));
  }
  return commands.map((command) => endings.get(command) ?? { kind: "again", error: undefined });
}

function firstOfEachMember(commands: readonly ApplyCommand[]): ReadonlyMap<string, ApplyCommand> {
  const first = new Map<string, ApplyCommand>();
  for (const command of commands) if (!first.has(command.kennitala)) first.set(command.kennitala, command);
  return first;
}

interface Attempt {
  readonly command: ApplyCommand;
  readonly planned: PlannedWrite;
}

async function applyRound(documents: MemberDocuments, rules: ObserveRules, commands: readonly ApplyCommand[]) {
  const attempts = commands.map((command): Attempt => ({ command, planned: writeOf(command, rules) }));
  try {
    const outcomes = await writeAll(documents, attempts);
    const read = await documents.read(commands.map(({ kennitala }) => kennitala));
    return attempts.map((attempt) => [attempt.command, ending(rules, attempt, outcomes.get(attempt), read)] as const);
  } catch (error) {
    return commands.map((command): readonly [ApplyCommand, Ending] => [command, { kind: "again", error }]);
  }
}

async function writeAll(documents: MemberDocuments, attempts: readonly Attempt[]): Promise<ReadonlyMap<Attempt, WriteOutcome>> {
  const writing = attempts.flatMap((attempt) => (attempt.planned.kind === "write" ? [{ attempt, write: attempt.planned.write }] : []));
  const outcomes = await documents.write(writing.map(({ write }) => write));
  return new Map(
    writing.flatMap(({ attempt }, at) => {
      const outcome = outcomes[at];
      return outcome === undefined ? [] : [[attempt, outcome] as const];
    }),
  );
}

function ending(rules: ObserveRules, { command, planned }: Attempt, outcome: WriteOutcome | undefined, read: DocumentsRead): Ending {
  const { kennitala } = command;
  const found = read.found.get(kennitala);
  const snapshot = found === undefined ? undefined : marked(rules.markKey, kennitala, found);
  const settled = settle(command, planned, outcome, snapshot);
  if (settled.kind === "again") return settled;
  return { kind: "answered", observation: observeAnswer({ kennitala, snapshot, readTime: read.readTime }, settled.answer, rules) };
}
