import { balanceLine, type Ledger } from "@member-sync/simulation/ledger/ledger.ts";

const SHOWN = 20;

/** The ledger for a person: the balance, and the first of what is missing. No value of anybody is in it. */
export function describeLedger(ledger: Ledger): string {
  const vanished = ledger.vanished.map(({ edit, why }) => `  ${edit.id} ${edit.side} ${edit.memberRef} ${edit.group}: ${why}`);
  const problems = ledger.problems.map(
    ({ promise, memberRef, group, what }) => `  promise ${promise}: ${memberRef ?? ""} ${group ?? ""}: ${what}`,
  );
  return [balanceLine(ledger), ...shortened(vanished), ...shortened(problems)].join("\n");
}

function shortened(lines: readonly string[]): readonly string[] {
  return lines.length <= SHOWN ? lines : [...lines.slice(0, SHOWN), `  and ${lines.length - SHOWN} more`];
}
