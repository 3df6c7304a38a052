import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { fc, test } from "@fast-check/vitest";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import { applyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { readEnvelope } from "@member-sync/shared/messages/envelope.ts";
import { expect } from "vitest";
import { command, delivered, envelopeOf, fieldMap, KEY, recordingPublisher, recordingTelemetry } from "../../test/recording.ts";
import { scriptedDjango, success } from "../../test/scripted-django.ts";
import { createApplyHandler } from "./apply.ts";
import { createApplyQueue } from "./apply-queue.ts";

const behaviour = fc.constantFrom(
  "success",
  "stale",
  "rejected",
  "error",
  "absent",
  "unknown",
  "refused",
  "crash",
  "wrong-ref",
  "unmapped",
);

function commandsOf(behaviours: readonly string[]) {
  return behaviours.map((what, at) => {
    const kennitala = `0101${String(300_000 + at)}`;
    const memberRef = what === "wrong-ref" ? "a".repeat(20) : memberRefOf(KEY, kennitala);
    return command(`w${at}`, { kennitala, memberRef, groups: what === "unmapped" ? { shoe_size: 44 } : { email: "a@b.is" } });
  });
}

test.prop([fc.array(behaviour, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 3 }), fc.boolean()])(
  "P1, P7: of an acknowledged envelope each command was answered, sent again or given up on, exactly once",
  async (behaviours, concurrency, isReordered) => {
    const django = scriptedDjango();
    const publisher = recordingPublisher();
    const telemetry = recordingTelemetry();
    const of = (writeId: string) => behaviours[Number(writeId.slice(1))];
    django.onApply = (batch) => {
      if (batch.some(({ writeId }) => of(writeId) === "refused")) return Promise.reject(new SyncError("django_refused", { status: 400 }));
      if (batch.some(({ writeId }) => of(writeId) === "crash")) return Promise.reject(new SyncError("django_unavailable", { status: 500 }));
      const results = batch.flatMap((change) => {
        const what = of(change.writeId);
        if (what === "absent") return [];
        if (what === "stale" || what === "rejected" || what === "error") return [success(change, { status: what })];
        return [success(change, what === "unknown" ? { status: "error", message: "Member not found" } : {})];
      });
      return Promise.resolve(isReordered ? results.toReversed() : results);
    };
    const queue = createApplyQueue({ django, concurrency, telemetry });
    const handle = createApplyHandler({ queue, django, publisher, fieldMap, telemetry, memberRefKey: KEY, clock: () => 42 });
    const verdict = await handle(envelopeOf(commandsOf(behaviours)));

    const given = ["unknown", "refused"];
    const answers = publisher.observations().map(({ answer }) => answer?.writeId ?? "");
    const answered = answers.filter((writeId) => !given.includes(of(writeId) ?? ""));
    const again = publisher.commands().map((sent) => sent.command.writeId);
    const givenUp = publisher
      .deadLetters()
      .flatMap(({ data, attributes }) =>
        readEnvelope("member-apply.v1", delivered({ data, attributes })).items.map((item) => applyCommand.parse(item).writeId),
      );
    if (verdict === "retry") {
      expect(behaviours.every((what) => what === "crash")).toBe(true);
      expect(publisher.sent).toEqual([]);
      return;
    }
    expect([...answered, ...again, ...givenUp].toSorted()).toEqual(behaviours.map((_what, at) => `w${at}`).toSorted());
    for (const writeId of answered) expect(["success", "stale", "rejected", "unmapped"]).toContain(of(writeId));
    for (const writeId of again) expect(["error", "absent", "crash"]).toContain(of(writeId));
    for (const writeId of givenUp) expect([...given, "wrong-ref"]).toContain(of(writeId));
    // A dead letter of a member that Django was asked about also ends its command in the reconciler.
    const isAnsweredToo = (writeId: string) => given.includes(of(writeId) ?? "");
    expect(answers.filter(isAnsweredToo).toSorted()).toEqual(givenUp.filter(isAnsweredToo).toSorted());
  },
);
