import { setTimeout as pause } from "node:timers/promises";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { RecordedEdit } from "@member-sync/simulation/ledger/recorded-edit.ts";
import { freshKennitalas } from "../../e2e/world/people.ts";
import { knownMembers } from "../../e2e/world/scenes.ts";
import type { World } from "../../e2e/world/world.ts";
import { saveInDjango } from "./django-editor.ts";
import { LIVES } from "./lives.ts";
import { EDITED, newValues } from "./new-values.ts";
import { saveInPortal } from "./portal-editor.ts";
import { startRecording } from "./recording.ts";
import { tapeOf, type Tape } from "./tape.ts";

export interface WorkloadOptions {
  readonly seed: number;
  readonly members?: number;
  /** Of both sides together. */
  readonly editsPerSecond?: number;
  readonly kinds?: "edits" | "edits-and-lives";
  /** Is told of each edit as it is made. */
  readonly onEdit?: (edit: RecordedEdit) => void;
}

/** People who edit on both sides, whatever else happens. Every edit carries a value of its own. */
export interface Workload extends AsyncDisposable {
  readonly seed: number;
  readonly kennitalas: readonly string[];
  /** Edits that a side accepted so far; one whose request got no answer is kept as `unsure`. */
  readonly edits: readonly RecordedEdit[];
  /** Resolves when so many edits more have been accepted. */
  made(count: number): Promise<void>;
  /** People stop; resolves when the last edit has ended. */
  stop(): Promise<void>;
}

/** At one screen each, on each side. */
const PEOPLE_PER_SIDE = 4;
/** Of what people do, the share that is about lives. Most of these find nothing to create. */
const LIFE_SHARE = 0.15;
const SAVES = { django: saveInDjango, firestore: saveInPortal } as const;

/** Creates the members, waits until both sides know them, and lets people edit. Prints the seed. */
export async function startWorkload(world: World, options: WorkloadOptions): Promise<Workload> {
  const { seed, members = 12, editsPerSecond = 20, kinds = "edits" } = options;
  process.stdout.write(`workload: seed ${seed}, ${members} members, ${editsPerSecond} edits/s\n`);
  const kennitalas = freshKennitalas(members);
  await knownMembers(world, kennitalas);
  const recording = startRecording(options.onEdit);
  const over = new AbortController();
  const make = newValues(tapeOf(seed, "values"));
  const pauseMs = (1_000 * 2 * PEOPLE_PER_SIDE) / editsPerSecond;

  /** Each member is one person's on each side, so that no two saves of a side cross. */
  async function work(side: Side, index: number): Promise<void> {
    const tape = tapeOf(seed, `${side} ${index}`);
    const own = kennitalas.filter((_, at) => at % PEOPLE_PER_SIDE === index);
    const [first, ...rest] = own;
    if (first === undefined) return;
    while (!over.signal.aborted) {
      const kennitala = tape.pick([first, ...rest]);
      const { save, groups } = nextSave(side, tape, kinds);
      const values = groups.map((group) => make(group));
      // A side that is down when it is looked at takes no edit.
      const made = await save(world, kennitala, memberRefOf(world.stack.memberRefKey, kennitala), values).catch(() => []);
      recording.add(made);
      await pause(-Math.log(1 - tape.next()) * pauseMs, undefined, { signal: over.signal }).catch(() => {});
    }
  }

  const people = Promise.all(SIDES.flatMap((side) => Array.from({ length: PEOPLE_PER_SIDE }, (_, index) => work(side, index))));
  const stop = async () => {
    over.abort();
    await people;
  };
  return { seed, kennitalas, edits: recording.edits, made: recording.made, stop, [Symbol.asyncDispose]: stop };
}

/** What somebody does next: mostly a save of one group, sometimes of two; now and then a life ends or begins. */
function nextSave(side: Side, tape: Tape, kinds: WorkloadOptions["kinds"]) {
  const isLife = kinds === "edits-and-lives" && tape.chance(LIFE_SHARE);
  if (isLife && tape.chance(0.25)) return { save: LIVES[side].remove, groups: [] };
  if (isLife) return { save: LIVES[side].create, groups: EDITED };
  return { save: SAVES[side], groups: [...new Set(Array.from({ length: tape.chance(0.2) ? 2 : 1 }, () => tape.pick(EDITED)))] };
}
