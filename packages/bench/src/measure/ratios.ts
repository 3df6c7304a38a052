import { spreadOf, type Spread } from "./percentiles.ts";

/** One arm's value in one round. */
export interface Measured {
  readonly label: string;
  readonly round: number;
  readonly value: number;
}

/**
 * How many times as much `label` reached as `base`, round by round: what slows the machine slows both, so that it is
 * the ratios within a round that are compared, and not the medians. `undefined` where no round has both.
 */
export function ratiosTo(measured: readonly Measured[], label: string, base: string): Spread | undefined {
  const of = (name: string) => new Map(measured.filter((each) => each.label === name).map(({ round, value }) => [round, value]));
  const bases = of(base);
  const ratios = [...of(label)].flatMap(([round, value]) => {
    const against = bases.get(round);
    return against === undefined ? [] : [value / against];
  });
  return ratios.length === 0 ? undefined : spreadOf(ratios);
}
