import type { MessagePublisher } from "@member-sync/shared/bus/message-bus.ts";
import { systemClock, type Clock } from "@member-sync/shared/clock.ts";
import type { FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { MessageHandler } from "@member-sync/shared/messages/message.ts";
import { createApplyHandler } from "./app/apply.ts";
import { createApplyQueue } from "./app/apply-queue.ts";
import { drainOutbox, type DrainReport } from "./app/capture.ts";
import { oneAtATime } from "./app/one-at-a-time.ts";
import { startPolling } from "./app/poll-loop.ts";
import type { DjangoMembers } from "./app/ports.ts";
import type { Telemetry } from "./telemetry.ts";

export interface DjangoAdapterParts {
  readonly django: DjangoMembers;
  readonly publisher: MessagePublisher;
  readonly fieldMap: FieldMap;
  readonly memberRefKey: string;
  readonly telemetry: Telemetry;
  readonly clock?: Clock;
  readonly pollIntervalMs?: number;
  /** The most requests of commands to Django at once. */
  readonly concurrency?: number;
  readonly pageSize?: number;
}

/** The Django side, wired from its ports: it drains by itself until it is disposed of. */
export interface DjangoAdapter extends AsyncDisposable {
  /** Handles the messages of `member-apply-django`. */
  readonly apply: MessageHandler;
  /** Empties the outbox now; rejects with a SyncError when Django or the bus does not answer. */
  drain(): Promise<DrainReport>;
  /** Makes the next look at the outbox come at once. */
  wake(): void;
}

export function createDjangoAdapter(parts: DjangoAdapterParts): DjangoAdapter {
  const { django, telemetry, clock = systemClock, pollIntervalMs = 1000, concurrency = 4 } = parts;
  const ended = new AbortController();
  const queue = createApplyQueue({ django, concurrency, telemetry });
  const drain = oneAtATime(() => drainOutbox({ ...parts, clock }, ended.signal));
  const polling = startPolling({
    drain,
    intervalMs: pollIntervalMs,
    onFailure: (error, failures) => {
      if (!ended.signal.aborted) telemetry.drainFailed(error, failures);
    },
  });
  return {
    apply: createApplyHandler({ ...parts, queue, clock }),
    drain,
    wake: () => polling.wake(),
    async [Symbol.asyncDispose]() {
      ended.abort();
      await polling[Symbol.asyncDispose]();
    },
  };
}
