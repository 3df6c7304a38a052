import { expect } from "vitest";
import { eventually } from "../../e2e/world/eventually.ts";
import type { World } from "../../e2e/world/world.ts";

/** An event of Firestore's as Eventarc brings it to the tracker: the body in base64, as the emulator makes it. */
export interface DocumentEvent {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The events of a member's document so far, oldest first, each once. */
export function eventsOf({ documentEvents }: World, kennitala: string): readonly DocumentEvent[] {
  const byId = new Map<string, DocumentEvent>();
  for (const { data, attributes } of documentEvents.messages) {
    if (attributes["ce-document"] === `members/${kennitala}`) byId.set(attributes["ce-id"] ?? "", { body: data, headers: attributes });
  }
  return [...byId.values()];
}

/** Waits for the event of the one write that made the document of a member whom Django brought: events come after their writes. */
export async function createEvent(world: World, kennitala: string): Promise<void> {
  await eventually("the event of the document's creation", () => expect(eventsOf(world, kennitala)).toHaveLength(1));
}

/** Brings an event to a tracker; answers with its status. */
export async function bring(trackerUrl: string, { body, headers }: DocumentEvent): Promise<number> {
  const response = await fetch(`${trackerUrl}/events/firestore`, {
    method: "POST",
    headers,
    body,
    signal: AbortSignal.timeout(30_000),
  });
  await response.arrayBuffer();
  return response.status;
}
