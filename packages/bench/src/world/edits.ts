import { randomInt } from "node:crypto";

/** New values for one member: one group on each side, so that nothing is in conflict. */
export interface Edit {
  readonly kennitala: string;
  /** Django's edit. */
  readonly phone: string;
  /** The portal's. */
  readonly email: string;
}

const PHONES = 1_000_000;

/** Makes edits whose values nobody held before. */
export function createEdits(): (kennitalas: readonly string[]) => readonly Edit[] {
  let made = 0;
  return (kennitalas) =>
    kennitalas.map((kennitala) => {
      made += 1;
      return { kennitala, phone: String(6_000_000 + (made % PHONES)), email: `edit${made}@example.is` };
    });
}

/** `count` entries of a list, chosen at random, each at most once. */
export function pick<T>(list: readonly T[], count: number): readonly T[] {
  const left = [...list];
  return Array.from({ length: Math.min(count, list.length) }, () => left.splice(randomInt(left.length), 1)).flat();
}

/** `count` entries spread evenly over a list, its first and its last among them. */
export function spread<T>(list: readonly T[], count: number): readonly T[] {
  if (list.length <= count) return list;
  const step = (list.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, at) => Math.round(at * step)).flatMap((at) => list.slice(at, at + 1));
}
