import { setTimeout as pause } from "node:timers/promises";
import type { DjangoProxy } from "../../e2e/world/django-proxy.ts";
import type { World } from "../../e2e/world/world.ts";
import type { Tape } from "../world/tape.ts";
import type { Tapped } from "./tapped.ts";

/** What a fault has a hand on. */
export interface Scene {
  readonly world: World;
  readonly djangoProxy: DjangoProxy;
  readonly tapped: Tapped;
  readonly tape: Tape;
  /** Faults end when it is aborted, healed. */
  readonly signal: AbortSignal;
  /** Parts that a fault has its hand on: nobody else starts them again. */
  readonly held: Set<string>;
  /** Says that messages were lost for good, so that a backfill is due when all is over. */
  lost(): void;
}

/** One kind of trouble. It begins, lasts, and is over when the promise resolves; whatever it broke is whole again then. */
export interface Fault {
  readonly kind: string;
  run(scene: Scene): Promise<void>;
}

export type Faults = readonly [Fault, ...Fault[]];

/** Waits, or returns at once when people have had enough. */
export async function lasting(scene: Pick<Scene, "signal">, ms: number): Promise<void> {
  await pause(ms, undefined, { signal: scene.signal }).catch(() => {});
}

/** A time between the two, by the tape. */
export function between({ tape }: Pick<Scene, "tape">, fromMs: number, toMs: number): number {
  return fromMs + tape.next() * (toMs - fromMs);
}
