import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { SIDES } from "@member-sync/shared/member/side.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { readEnvelope } from "@member-sync/shared/messages/envelope.ts";
import type { IncomingMessage } from "@member-sync/shared/messages/message.ts";
import type { Observation } from "@member-sync/shared/messages/observation.ts";
import { held, incoming, messageOf, reconcilerUnderTest } from "../../test/reconciler-under-test.ts";
import { twoSides, type TwoSides } from "../../test/two-sides.ts";

const numRuns = process.env["NIGHTLY"] === "1" ? 1_000 : 10;
const MESSAGES = 1_000;
const MEMBERS = Array.from({ length: 40 }, (_, at) => `01013${10 + at}989`);
const GROUPS = ["name", "email", "phone"] as const;
const HOUR = 3_600_000;

type Reconciler = ReturnType<typeof reconcilerUnderTest>;

test.prop([fc.integer(), fc.integer()], { numRuns })(
  "fault 38: a thousand messages in any order, some twice: the sides end as they do in order, and the same groups wait for a person",
  async (seed, orderSeed) => {
    const first = reconcilerUnderTest();
    const sides = twoSides(() => first.clock.now);
    const messages = await runInOrder(first, sides, randomOf(seed));
    const inOrder = await outcomeOf(first, sides);

    const second = reconcilerUnderTest();
    second.clock.now = first.clock.now + HOUR;
    const random = randomOf(orderSeed);
    const twice = messages.filter(() => random() < 0.1);
    await deliver(second, shuffled([...messages, ...twice], random), random);
    await carryOut(second, sides, 0, async (observation) => void (await second.take(observation)));
    expect(await outcomeOf(second, sides)).toEqual(inOrder);
  },
  3_600_000,
);

/** People edit on both sides, their edits are taken in at once, and what is ordered is carried out now and then. */
async function runInOrder(reconciler: Reconciler, sides: TwoSides, random: () => number): Promise<readonly IncomingMessage[]> {
  const messages: IncomingMessage[] = [];
  const take = async (observation: Observation) => {
    reconciler.clock.now += 10;
    const message = messageOf([observation]);
    messages.push(message);
    expect(await reconciler.changes(message)).toBe("ack");
  };
  for (const [at, kennitala] of MEMBERS.entries()) await take(sides.edit("django", kennitala, "name", `Nafn ${at}`));
  let done = 0;
  for (let edits = 0; messages.length < MESSAGES; edits += 1) {
    const [kennitala, group, side] = [pick(MEMBERS, random), pick(GROUPS, random), pick(SIDES, random)];
    if (sides.holds(side).has(kennitala)) await take(sides.edit(side, kennitala, group, valueOf(group, edits)));
    if (random() < 0.2) done = await carryOut(reconciler, sides, done, take);
  }
  await carryOut(reconciler, sides, done, take);
  return messages;
}

function valueOf(group: (typeof GROUPS)[number], edit: number): string {
  if (group === "phone") return String(5_000_000 + edit);
  return group === "email" ? `m${edit}@example.is` : `Nafn, breytt ${edit}`;
}

/** Carries out what was sent since `from`, until nothing more is; answers how many messages there were by then. */
async function carryOut(reconciler: Reconciler, sides: TwoSides, from: number, told: (observation: Observation) => Promise<void>) {
  let done = from;
  for (let rounds = 0; rounds < 50 && done < reconciler.sent.length; rounds += 1) {
    const commands = commandsOf(reconciler.sent.slice(done));
    done = reconciler.sent.length;
    for (const observation of commands.flatMap((command) => sides.apply(command))) await told(observation);
  }
  expect(done, "it comes to rest").toBe(reconciler.sent.length);
  return done;
}

function commandsOf(sent: Reconciler["sent"]): readonly ApplyCommand[] {
  const own = sent.filter(({ topic }) => topic === "member-apply-django" || topic === "member-apply-firestore");
  return own.flatMap(({ message }) => readEnvelope("member-apply.v1", incoming(message.data, message.attributes)).items);
}

/** Brings messages a few at a time, as a broker does that has many in hand. */
async function deliver(reconciler: Reconciler, messages: readonly IncomingMessage[], random: () => number): Promise<void> {
  for (let at = 0; at < messages.length;) {
    const group = messages.slice(at, at + 1 + Math.floor(random() * 20));
    reconciler.clock.now += 10;
    const verdicts = await Promise.all(group.map((message) => reconciler.changes(message)));
    expect(new Set(verdicts)).toEqual(new Set(["ack"]));
    at += group.length;
  }
}

/** What both sides hold in the end, and what waits for a person. */
async function outcomeOf(reconciler: Reconciler, sides: TwoSides) {
  const refs = MEMBERS.map((kennitala) => held("django", 1, {}, { kennitala }).memberRef);
  const hubs = await reconciler.hubs.load(refs);
  const parked = refs.map((memberRef) =>
    Object.entries(hubs.get(memberRef)?.hub.groups ?? {})
      .flatMap(([group, register]) => (register.parked === undefined ? [] : [group]))
      .toSorted(),
  );
  return { django: sides.holds("django"), firestore: sides.holds("firestore"), parked };
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

/** Numbers from 0 to 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
