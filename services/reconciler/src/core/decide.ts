import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { closeEqualConflicts, decideLanding, decideRejection } from "./decide-answer.ts";
import { decideEdits } from "./decide-group.ts";
import { decideLife, reviewEditOfDeleted } from "./decide-life.ts";
import { notesOf } from "./decide-notes.ts";
import { decideOvertaken, decideRestored, decideSuspended } from "./decide-restore.ts";
import type { Fact, FactOf } from "./facts.ts";
import type { Hub, Instant } from "./hub.ts";
import type { Outcome } from "./outcomes.ts";
import { move } from "./park.ts";
import type { Planning, Policy } from "./policy.ts";

/** What a fact comes to, by the rules. Total: every kind of fact has an answer, and none throws. */
export function decide(fact: Fact, hub: Hub, { policy }: Planning): readonly Outcome[] {
  const { observation } = fact;
  switch (fact.kind) {
    case "suspended":
      return decideSuspended(hub, observation, policy);
    case "restored":
      return decideRestored(fact, hub, policy);
    case "rejected":
      return decideRejection(fact, hub);
    case "landed":
      return decideLanding(fact, hub);
    case "moved":
      return [{ kind: "side-moved", observation, restoredAt: readUnder(observation, policy) }];
    case "life":
      return decideLife(fact, hub, policy);
    case "read":
      return [contentRead(fact, policy), ...fact.newlyRead.flatMap((group) => move(hub, group))];
    case "changed":
      return decideEdits(fact, hub, policy);
    case "edited":
      return reviewEditOfDeleted(fact, hub);
    case "compared":
      return closeEqualConflicts(hub, policy);
    case "overtaken":
      return decideOvertaken(hub, observation, policy);
    case "noted":
      return notesOf(fact, hub, policy);
  }
}

/** The confirmed restore under which a side that is first heard of has been read. */
function readUnder({ side, lineage }: Observation, { restores }: Policy): Instant | undefined {
  const restore = restores?.[side];
  return restore !== undefined && (restore.lineage === null || restore.lineage === lineage) ? restore.confirmedAt : undefined;
}

function contentRead({ observation, record, stamps, only }: FactOf<"read">, { fieldMap }: Policy): Outcome {
  return { kind: "content-read", observation, record, stamps, only, map: fieldMap?.id };
}
