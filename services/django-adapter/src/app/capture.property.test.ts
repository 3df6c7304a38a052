import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { fieldMap, KEY, recordingPublisher, recordingTelemetry } from "../../test/recording.ts";
import { outboxRow, scriptedDjango } from "../../test/scripted-django.ts";
import { drainOutbox } from "./capture.ts";
import type { DjangoMembers } from "./ports.ts";

const member = fc.constantFrom("0101302989", "0202302399", "0303302479", "not an id");

/** What befalls each step in turn: it works, fails before it happened, or happened and its reply was lost. */
const fate = fc.constantFrom("works", "works", "fails", "reply-lost");

test.prop([fc.array(member, { maxLength: 30 }), fc.array(fate, { maxLength: 25 }), fc.integer({ min: 1, max: 7 })])(
  "P1, P6: whatever fails in between, no row leaves before its member was published at that revision or later",
  async (ssns, fates, pageSize) => {
    const django = scriptedDjango(ssns.map((ssn, at) => outboxRow(at + 1, { ssn, revision: String(at + 1) })));
    const publisher = recordingPublisher();
    const pending = fates.values();
    const befall = () => pending.next().value ?? "works";
    const told = () => publisher.observations().map(({ kennitala, revision }) => [kennitala, Number(revision)] as const);
    const lost: { error: Error | undefined } = { error: undefined };

    publisher.before = () => {
      if (befall() !== "works") throw new SyncError("bus_unavailable");
    };
    const guarded: DjangoMembers = {
      ...django,
      async markSynced(ids: readonly number[]) {
        const what = befall();
        if (what === "fails") throw new SyncError("django_unavailable");
        const leaving = django.outbox.filter(({ id, ssn }) => ids.includes(id) && ssn !== "not an id");
        for (const { ssn, revision } of leaving) {
          const isTold = told().some(([kennitala, at]) => kennitala === ssn && at >= Number(revision));
          if (!isTold) lost.error = new Error(`row at revision ${revision} left untold`);
        }
        const marked = await django.markSynced(ids);
        if (what === "reply-lost") throw new SyncError("django_unavailable");
        return marked;
      },
    };
    const parts = { django: guarded, publisher, fieldMap, telemetry: recordingTelemetry(), memberRefKey: KEY, clock: () => 42, pageSize };
    for (let attempt = 0; attempt <= fates.length; attempt += 1) {
      const isDone = await drainOutbox(parts).then(
        () => true,
        () => false,
      );
      if (isDone) break;
    }
    expect(lost.error).toBeUndefined();
    expect(django.outbox).toEqual([]);
  },
);
