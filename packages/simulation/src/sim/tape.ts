/**
 * A reel of random numbers, wound back by its seed. Workload, schedule and faults each read a tape of their own, so that
 * taking something out of one of them leaves the other two as they were: a failure can be made smaller.
 */
export class Tape {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: number, reel: number) {
    this.#a = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) >>> 0;
    this.#b = (seed + Math.imul(reel, 0xc2b2_ae35)) >>> 0;
    this.#c = Math.imul(reel + 1, 0x27d4_eb2f) >>> 0;
    for (let turn = 0; turn < 12; turn += 1) this.#next();
  }

  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    return Math.floor((this.#next() / 4_294_967_296) * bound);
  }

  /** `true` with this probability. */
  chance(probability: number): boolean {
    return probability > 0 && this.#next() < probability * 4_294_967_296;
  }

  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new TypeError("there is nothing to pick from");
    return item;
  }

  /** Generator sfc32 of PractRand: small, fast, and good enough to pass its tests. */
  #next(): number {
    const sum = (this.#a + this.#b + this.#d) >>> 0;
    this.#d = (this.#d + 1) >>> 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0;
    return sum;
  }
}
