import { InvalidArgumentError } from "commander";

/** Reads a whole number of at least `least`. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least) throw new InvalidArgumentError(`a whole number of at least ${least} is expected`);
    return value;
  };
}

/** Reads whole numbers with commas between them. */
export function wholes(least: number): (text: string) => readonly number[] {
  return (text) => text.split(",").map(whole(least));
}

/** Reads some of the given names with commas between them, in the order in which they are given here. */
export function someOf<const T extends string>(names: readonly T[]): (text: string) => readonly T[] {
  return (text) => {
    const asked = text.split(",");
    const unknown = asked.filter((name) => !names.some((known) => known === name));
    if (unknown.length > 0) throw new InvalidArgumentError(`${names.join(", ")} are expected`);
    return names.filter((name) => asked.includes(name));
  };
}
