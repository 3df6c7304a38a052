import type { ApplyCommand } from "./apply-command.ts";
import type { IncomingMessage, OutgoingMessage } from "./message.ts";
import type { Observation } from "./observation.ts";

/** An observation for tests. */
export function sampleObservation(over: Partial<Observation> = {}): Observation {
  return {
    id: "django:aaaaaaaaaaaaaaaaaaaa:1",
    side: "django",
    memberRef: "a".repeat(20),
    kennitala: "0101302989",
    revision: "1",
    life: "alive",
    record: { name: "Anna Þórðardóttir", gender: 0, email: null, address: { street: "Laugavegur 1", postal_code: "101", city: null } },
    changedAt: 1_795_000_000_000,
    actor: "user:3",
    djangoId: 7,
    writeId: null,
    ...over,
  };
}

/** A command for tests. */
export function sampleCommand(over: Partial<ApplyCommand> = {}): ApplyCommand {
  return {
    writeId: "w1",
    side: "firestore",
    memberRef: "a".repeat(20),
    kennitala: "0101302989",
    djangoId: null,
    expectRevision: null,
    groups: { email: "a@x.is" },
    emittedAt: 1_795_000_000_000,
    ...over,
  };
}

/** A message as its consumer gets it. */
export function delivered({ data, attributes }: OutgoingMessage): IncomingMessage {
  return { messageId: "m1", data, attributes, subscription: "test", publishedAt: 0 };
}
