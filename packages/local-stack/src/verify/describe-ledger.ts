import { balanceLine, ENDINGS, type Ledger } from "@member-sync/simulation/ledger/ledger.ts";

const SHOWN = 20;
const WIDTH = 13;

/** The ledger for a person: the balance, and the first of what is missing. No value of anybody is in it. */
export function describeLedger(ledger: Ledger): string {
  const vanished = ledger.vanished.map(({ edit, why }) => `  ${edit.id} ${edit.side} ${edit.memberRef} ${edit.group}: ${why}`);
  const problems = ledger.problems.map(
    ({ promise, memberRef, group, what }) =>
      `  promise ${promise}: ${[memberRef, group].filter((name) => name !== null).join(" ")}: ${what}`,
  );
  return [balanceLine(ledger), ...shortened(vanished), ...shortened(problems)].join("\n");
}

/** One line for each group. */
export function tableOf({ groups }: Ledger): string {
  const line = (name: string, cells: readonly (string | number)[]) =>
    `${name.padEnd(WIDTH)}${cells.map((cell) => String(cell).padStart(WIDTH)).join("")}`;
  const names = [...groups.keys()].sort();
  return [
    line("group", ENDINGS),
    ...names.map((name) =>
      line(
        name,
        ENDINGS.map((ending) => groups.get(name)?.[ending] ?? 0),
      ),
    ),
  ].join("\n");
}

function shortened(lines: readonly string[]): readonly string[] {
  return lines.length <= SHOWN ? lines : [...lines.slice(0, SHOWN), `  and ${lines.length - SHOWN} more`];
}
