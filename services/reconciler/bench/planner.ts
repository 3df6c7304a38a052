import { packEnvelopes, readEnvelope } from "@member-sync/shared/messages/envelope.ts";
import { agreed, casesOf, KIND_NAMES, KINDS, waitingHub } from "./cases.ts";
import { coreMs, liveBytes, planningMs } from "./measure.ts";
import { memberOf, NOON, observed } from "./members.ts";

/** What the pure planner costs: time per observation, growth with the membership, memory. One core, no input or output. */
const CHUNK = 1_000;
const WARM_UP_CHUNKS = 60;
const ROUNDS = 200;
const LARGE = Number(process.argv[2] ?? 1_000_000);

console.log(`node ${process.version}, ${CHUNK.toLocaleString("en-US")} observations a chunk, each of another member\n`);
const mix = casesOf();
for (let chunk = 0; chunk < WARM_UP_CHUNKS; chunk += 1) planningMs(mix(chunk * CHUNK, CHUNK));

measureKinds();
measureGrowth();
measureReading();
measureMemory();

/** Each kind by itself: the same chunk again and again. */
function measureKinds(): void {
  for (const kind of KIND_NAMES) {
    const cases = casesOf(kind)(0, CHUNK);
    report(`${kind} (${KINDS[kind].of100} %)`, mean(ROUNDS, () => planningMs(cases)) / CHUNK);
  }
}

/** Streams through the whole membership, chunk by chunk; every fifth time also through the same few members again. */
function measureGrowth(): void {
  const chunks = LARGE / CHUNK;
  const small: number[] = [];
  const large: number[] = [];
  const before = liveBytes();
  let peak = 0;
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    if (chunk % 5 === 0) small.push(planningMs(mix(0, CHUNK)));
    large.push(planningMs(mix(chunk * CHUNK, CHUNK)));
    if (chunk % 100 === 0) peak = Math.max(peak, liveBytes());
  }
  const [few, many] = [small, large].map((times) => times.reduce((sum, ms) => sum + ms, 0) / times.length / CHUNK);
  if (few === undefined || many === undefined) throw new Error("nothing was streamed");
  report(`the mix, streamed: the same ${CHUNK} members over and over`, few);
  report(`the mix, streamed: ${LARGE.toLocaleString("en-US")} members`, many);
  console.log(`growth: ${(many / few).toFixed(2)} ×; live heap above the start: ${mib(peak - before)}\n`);
}

/** What stands before planning: a message of 250 observations is parsed and checked. */
function measureReading(): void {
  const items = Array.from({ length: 250 }, (_, number) => observed("django", memberOf(number), "1", memberOf(number).record));
  const [message] = packEnvelopes("member-change.v1", "django", items);
  if (message === undefined) throw new Error("the items make a message");
  const delivered = { messageId: "1", ...message, subscription: "bench", publishedAt: NOON };
  const read = () => readEnvelope("member-change.v1", delivered).items.length;
  const perItem = (run: () => unknown) => coreMs(() => Array.from({ length: ROUNDS }, run)) / ROUNDS / 250;
  perItem(read);
  report(
    "JSON.parse of a message of 250",
    perItem(() => JSON.parse(message.data)),
  );
  report("reading that message, all checks", perItem(read));
  console.log(`bytes of an observation on the wire: ${Math.round(Buffer.byteLength(message.data) / 250)}\n`);
}

/** A waiting member: what it adds to its stored hub, and to a process that holds all of them at once. */
function measureMemory(): void {
  const stored = (hub: object) => Buffer.byteLength(JSON.stringify(hub));
  const member = memberOf(4);
  console.log(`stored hub, nothing waiting: ${stored(agreed(member))} bytes of JSON`);
  for (const sides of [["django"], ["firestore"], ["django", "firestore"]] as const) {
    console.log(`waiting on ${sides.join(" and ")}: ${stored(waitingHub(member, sides)) - stored(agreed(member))} bytes more`);
  }
  const held = (make: (number: number) => object) => {
    const before = liveBytes();
    const all = Array.from({ length: 10_000 }, (_, number) => make(number));
    return Math.round((liveBytes() - before) / all.length);
  };
  const idle = held((number) => waitingHub(memberOf(number), []));
  const waiting = held((number) => waitingHub(memberOf(number), ["django"]));
  console.log(`held in memory: ${idle} bytes a hub, ${waiting - idle} more with one observation waiting`);
}

function mean(times: number, measure: () => number): number {
  return Array.from({ length: times }, measure).reduce((sum, each) => sum + each, 0) / times;
}

function report(what: string, ms: number): void {
  console.log(`${what}: ${(ms * 1_000).toFixed(2)} µs, ${(1 / ms / 1_000).toFixed(2)} million/s`);
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
