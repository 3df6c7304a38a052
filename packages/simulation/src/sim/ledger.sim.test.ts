import type { GroupValue } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import { describe, expect, test } from "vitest";
import { checkLedger } from "../ledger/check-ledger.ts";
import type { FinalMember } from "../ledger/evidence.ts";
import { balanceLine, type Ledger } from "../ledger/ledger.ts";
import { caseOf, type Case, type Intent } from "./case.ts";
import { GROUPS, keyOf, REFS, REWRITTEN_MARK } from "./rules.ts";
import { play } from "./run.ts";
import type { Flaws, World } from "./world.ts";

const SEEDS = 800;

/** The checker follows values that are nobody else's; lives, twins and disasters the simulation judges by itself. */
const FOLLOWED: ReadonlySet<Intent["kind"]> = new Set([
  "create",
  "edit",
  "look",
  "decide",
  "control",
  "wait",
  "flush",
  "replay",
  "poison",
  "policy",
]);

function followed(seed: number): Case {
  const script = caseOf(seed);
  const intents = script.intents.map((intent, at): Intent => {
    const isFirst = at < script.members;
    return FOLLOWED.has(intent.kind) && (intent.kind !== "create" || isFirst) && !(intent.kind === "edit" && intent.how === "unseen")
      ? intent
      : { kind: "rest" };
  });
  return { ...script, intents };
}

function ledgerOf(world: World): Ledger {
  const standing = (side: Side, member: number) => ({
    life: world.lifeOf(side, member),
    record: Object.fromEntries(GROUPS.map((group) => [group, world.heldBy(side, member, group) ?? null])),
  });
  const members = world.lives.map((_, member): FinalMember => ({
    memberRef: REFS[member] ?? "",
    django: standing("django", member),
    firestore: standing("firestore", member),
  }));
  const { state } = world;
  return checkLedger({
    edits: world.records,
    members,
    history: [...state.history.values()].flatMap((records) => [...records.values()].map(({ record }) => record)),
    conflicts: [...state.conflicts.values()],
    deadLetters: [...state.deadLetters.values()],
    hubs: [...state.hubs.values()].map(({ hub }) => hub),
    isWholeHistory: true,
    keyOf: (_, value) => keyOf(value),
    rewrittenBy: (side, _, value) => (side === "django" ? asDjangoStores(value) : value),
  });
}

function asDjangoStores(value: GroupValue): GroupValue {
  if (typeof value === "string") return value.replaceAll(REWRITTEN_MARK, "");
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, part]) => [field, typeof part === "string" ? part.replaceAll(REWRITTEN_MARK, "") : part]),
  );
}

async function drawnUp(seed: number, flaws: Flaws = {}): Promise<Ledger | undefined> {
  let ledger: Ledger | undefined;
  await play(followed(seed), { flaws, look: (world) => (ledger = ledgerOf(world)) });
  return ledger;
}

describe("the history checker and the simulation agree", () => {
  test(`on ${SEEDS} histories that broke no promise: every ledger balances`, { timeout: 120_000 }, async () => {
    const unbalanced: string[] = [];
    let edits = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const ledger = await drawnUp(seed);
      edits += ledger?.edits ?? 0;
      if (ledger?.isBalanced !== true) {
        const why =
          ledger === undefined
            ? "no ledger"
            : [balanceLine(ledger), ...ledger.vanished.map((one) => one.why), ...ledger.problems.map(({ what }) => what)].join("; ");
        unbalanced.push(`seed ${seed}: ${why}`);
      }
    }
    expect(unbalanced).toEqual([]);
    expect(edits).toBeGreaterThan(SEEDS * 5);
  });

  test("and a ledger does not balance where a side overwrites without looking", { timeout: 60_000 }, async () => {
    let unbalanced = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      if ((await drawnUp(seed, { django: { comparesNothing: true } }))?.isBalanced === false) unbalanced += 1;
    }
    expect(unbalanced).toBeGreaterThan(5);
  });
});
