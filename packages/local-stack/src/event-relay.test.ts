import { expect, test } from "vitest";
import { startEventRelay, type RelayedEvent } from "./event-relay.ts";
import { createPorts } from "./ports.ts";
import { triggerPath } from "./trigger.ts";
import { waitFor } from "./wait-for.ts";

async function relayTo(publish: (events: readonly RelayedEvent[]) => Promise<void>, onTrouble = () => {}) {
  const port = await createPorts().next();
  const relay = await startEventRelay({ port, triggerId: "members", publish, onTrouble });
  const send = async (body: string, triggerId = "members") => {
    const response = await fetch(`http://127.0.0.1:${port}${triggerPath("p", triggerId)}`, {
      method: "POST",
      body,
      headers: { "content-type": "application/protobuf", "ce-id": body, "ce-type": "written", authorization: "Bearer x" },
    });
    return response.status;
  };
  return { relay, send };
}

test("an event is passed on as it is, with its CloudEvents headers as attributes and nothing else", async () => {
  const published: RelayedEvent[] = [];
  const { relay, send } = await relayTo(async (events) => void published.push(...events));
  await using _stop = relay;
  expect(await send("aGVsbG8=")).toBe(204);
  await waitFor(() => published.length === 1, { what: "the event", deadlineMs: 2_000, everyMs: 5 });
  expect(published[0]?.data.toString()).toBe("aGVsbG8=");
  expect(published[0]?.attributes).toEqual({ "content-type": "application/protobuf", "ce-id": "aGVsbG8=", "ce-type": "written" });
});

test("while Pub/Sub refuses, events are still answered 2xx, kept in order, and published when it takes them", async () => {
  const published: string[] = [];
  let refusals = 2;
  let told = 0;
  const publish = async (events: readonly RelayedEvent[]) => {
    if (refusals-- > 0) throw new Error("away");
    published.push(...events.map(({ data }) => data.toString()));
  };
  const { relay, send } = await relayTo(publish, () => (told += 1));
  await using _stop = relay;
  for (const body of ["1", "2", "3"]) expect(await send(body)).toBe(204);
  await waitFor(() => published.length === 3, { what: "all events", deadlineMs: 5_000, everyMs: 5 });
  expect([published, told, relay.pending()]).toEqual([["1", "2", "3"], 2, 0]);
});

test("another trigger's event is seen but not passed on", async () => {
  const published: RelayedEvent[] = [];
  const { relay, send } = await relayTo(async (events) => void published.push(...events));
  await using _stop = relay;
  expect(await send("x", "probe")).toBe(204);
  expect([relay.hasSeen("probe"), relay.hasSeen("members"), published.length]).toEqual([true, false, 0]);
});
