/**
 * Seeds that broke a promise before something was mended, and what was wrong. Each is played in every test run. What a seed
 * stands for changes when the simulator learns something new, so each rule also stands as a test of its own beside the code.
 */
export const REGRESSIONS: readonly { readonly seed: number; readonly was: string }[] = [
  { seed: 28, was: "a create that landed twice in Firestore around an unheard removal (P4)" },
  { seed: 75, was: "a create that landed twice in Firestore around an unheard removal (P4)" },
  { seed: 940, was: "a create that landed twice, and its old value lost to the owner's (P4)" },
  { seed: 1525, was: "a create that landed twice, and its old value asked about (P4)" },
  { seed: 2687, was: "a field cleared on top of a create that nobody had heard of, taken for a refused one (P1)" },
  { seed: 1732, was: "a removal whose message was lost for good, and that no backfill told again (P2)" },
  { seed: 2_271_830, was: "a decision on a conflict of a hub that was restored since, taken for one on the new values" },
  { seed: 20_184_987, was: "a create given up, carried out late by a tracker that died before it told (P2, P8)" },
  { seed: 43_434, was: "what a new document of a deleted member held, when Firestore was restored meanwhile (P1)" },
  { seed: 41_587, was: "a side restored twice, and confirmed under a lineage not heard yet: an edit waited for ever (P2)" },
  { seed: 72_481, was: "the same, and a command stayed in flight (P2)" },
  { seed: 147_370, was: "a value that a restore undid, and that no side held when an edit opened a conflict on it (P1)" },
  { seed: 141_081, was: "the first create for a member, landing again on a Django that was restored meanwhile (P4)" },
];
