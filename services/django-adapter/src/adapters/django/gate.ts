import type { Clock } from "@member-sync/shared/clock.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import {
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  isBrokenCircuitError,
} from "cockatiel";
import type { ExchangeAnswer } from "./exchange.ts";

/** Failures in a row after which Django counts as down. */
const FAILURES_TO_OPEN = 5;

/** Keeps calls away from a Django that is down, or that asked to be left alone for a while. */
export interface Gate {
  /**
   * Runs the call, or rejects at once with `django_unavailable`. An answer of 429 or 5xx is turned into that too.
   *
   * @param isOneMembers a 5xx may concern the one member that the call is for: it says nothing of Django as a whole (P5)
   */
  pass(call: () => Promise<ExchangeAnswer>, isOneMembers?: boolean): Promise<ExchangeAnswer>;
  /** Django was heard of: an open circuit closes before its time. What `Retry-After` asked for still holds. */
  expectBack(): void;
}

/**
 * A circuit breaker (opens after five failures in a row; lets one call through after 1 s, then ever later, up to
 * 60 s), and beside it the time until which `Retry-After` keeps everybody away.
 */
export function createGate(clock: Clock, onStateChange: (isOpen: boolean) => void = () => undefined): Gate {
  let breaker = createBreaker(onStateChange);
  let notBefore = 0;

  const admit = async (call: () => Promise<ExchangeAnswer>, isOneMembers: boolean): Promise<ExchangeAnswer> => {
    const answer = await call();
    if (answer.status !== 429 && answer.status < 500) return answer;
    const asked = answer.status === 429 || answer.status === 503 ? answer.retryAfterMs : undefined;
    if (asked !== undefined) notBefore = clock() + asked;
    const wait = asked === undefined ? {} : { retryAfterMs: asked };
    throw new SyncError("django_unavailable", { reason: "status", status: answer.status, ...wait, ...(isOneMembers && { isOneMembers }) });
  };

  return {
    async pass(call, isOneMembers = false) {
      const wait = notBefore - clock();
      if (wait > 0) throw new SyncError("django_unavailable", { reason: "asked to wait", retryAfterMs: wait });
      try {
        return await breaker.execute(() => admit(call, isOneMembers));
      } catch (error) {
        if (isBrokenCircuitError(error)) throw new SyncError("django_unavailable", { reason: "circuit open" }, { cause: error });
        throw error;
      }
    },
    expectBack() {
      if (breaker.state !== CircuitState.Open) return;
      breaker = createBreaker(onStateChange);
      onStateChange(false);
    },
  };
}

function createBreaker(onStateChange: (isOpen: boolean) => void): CircuitBreakerPolicy {
  const breaker = circuitBreaker(handleWhen(isDown), {
    breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
    halfOpenAfter: new ExponentialBackoff({ initialDelay: 1000, maxDelay: 60_000 }),
  });
  breaker.onBreak(() => onStateChange(true));
  breaker.onReset(() => onStateChange(false));
  return breaker;
}

function isDown(error: unknown): boolean {
  if (!(error instanceof SyncError) || error.code !== "django_unavailable") return false;
  // Whoever names a time to come back is there; a call that we ended ourselves says nothing of Django, nor does one member's.
  if (error.details["isOneMembers"] === true) return false;
  return error.details["retryAfterMs"] === undefined && error.details["reason"] !== "aborted";
}
