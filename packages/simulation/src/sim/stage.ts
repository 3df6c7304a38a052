import type { Timer } from "@member-sync/shared/timer.ts";

/** One life of a service's process. What it had begun dies with it. */
export interface Actor {
  readonly name: string;
  isAlive: boolean;
}

/** What becomes of a call to the outside. `lost`: it is done, and the caller is told that it failed. */
export type Fate = "done" | "failed" | "lost";

/** A call that an actor waits for. Nothing happens until the schedule says so. */
interface Call {
  readonly actor: Actor;
  readonly name: string;
  readonly target: Target;
  settle(fate: Fate): void;
  /** The effect alone: the caller died, or part of it happened before that. */
  abandon(): void;
}

interface Alarm {
  readonly actor: Actor;
  readonly at: number;
  readonly resolve: () => void;
}

export type Target = "store" | "bus" | "django" | "firestore" | "peer";

/**
 * Where asynchronous code is made to act in a given order: each call to the outside, and each wait, becomes an entry
 * here, and is carried out when the schedule picks it. A crash is an actor whose entries are never carried out, or
 * whose effects happen without anybody being told.
 */
export class Stage {
  now = Date.UTC(2026, 5, 1, 12);
  readonly calls: Call[] = [];
  readonly alarms: Alarm[] = [];

  call<T>(
    actor: Actor,
    target: Target,
    name: string,
    effect: () => T | Promise<T>,
    failure: () => unknown,
    part: () => void = () => void effect(),
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (!actor.isAlive) return; // nobody is there any more to be told
      this.calls.push({
        actor,
        name,
        target,
        settle(fate) {
          if (fate === "failed") return reject(failure());
          try {
            const outcome = effect();
            if (fate === "lost") reject(failure());
            else resolve(outcome);
          } catch (error) {
            reject(error);
          }
        },
        abandon() {
          try {
            part();
          } catch {
            // Whoever asked is not there to hear of it.
          }
        },
      });
    });
  }

  timer(actor: Actor): Timer {
    return {
      now: () => this.now,
      wait: (ms) =>
        new Promise<void>((resolve) => {
          if (actor.isAlive) this.alarms.push({ actor, at: this.now + ms, resolve });
        }),
    };
  }

  /** Carries out one call. */
  carryOut(index: number, fate: Fate): string {
    const [call] = this.calls.splice(index, 1);
    if (call === undefined) return "nothing";
    call.settle(fate);
    return fate === "done" ? call.name : `${call.name}, ${fate}`;
  }

  /** Lets the time pass, and wakes everybody whose time has come. */
  pass(ms: number): void {
    this.now += ms;
    for (let index = 0; index < this.alarms.length;) {
      const alarm = this.alarms[index];
      if (alarm === undefined || alarm.at > this.now) index += 1;
      else {
        this.alarms.splice(index, 1);
        alarm.resolve();
      }
    }
  }

  nextAlarm(): number | undefined {
    return this.alarms.length === 0 ? undefined : Math.min(...this.alarms.map(({ at }) => at));
  }

  /** Ends an actor's life. `landsAnyway` tells of each call whether it still takes effect. */
  kill(actor: Actor, landsAnyway: () => boolean): void {
    actor.isAlive = false;
    const own = this.calls.filter((call) => call.actor === actor);
    remove(this.calls, (call) => call.actor === actor);
    remove(this.alarms, (alarm) => alarm.actor === actor);
    for (const call of own) if (landsAnyway()) call.abandon();
  }
}

/** Lets every continuation run that can, before the next step: what the last one deferred by a turn is ahead in the queue. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function remove<T>(list: T[], isGone: (item: T) => boolean): void {
  for (let index = list.length - 1; index >= 0; index -= 1) {
    const item = list[index];
    if (item !== undefined && isGone(item)) list.splice(index, 1);
  }
}
