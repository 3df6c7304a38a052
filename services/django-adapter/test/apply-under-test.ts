import type { FieldMap } from "@member-sync/shared/member/field-map.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { createApplyHandler } from "../src/app/apply.ts";
import { createApplyQueue } from "../src/app/apply-queue.ts";
import type { DjangoMembers } from "../src/app/ports.ts";
import { command, fieldMap, KEY, recordingPublisher, recordingTelemetry } from "./recording.ts";
import { scriptedDjango } from "./scripted-django.ts";

/** The handler of commands on a Django that does as it is told, with all that leaves it recorded. */
export function setUp(concurrency = 1) {
  return setUpOn(scriptedDjango(), fieldMap, concurrency);
}

/** The handler of a service with this field map on a given Django. */
export function setUpOn<Django extends DjangoMembers>(django: Django, fieldMap: FieldMap, concurrency = 1) {
  const publisher = recordingPublisher();
  const telemetry = recordingTelemetry();
  const queue = createApplyQueue({ django, concurrency, telemetry });
  const handle = createApplyHandler({ queue, django, publisher, fieldMap, telemetry, memberRefKey: KEY, clock: () => 42 });
  return { django, publisher, telemetry, handle };
}

/** Commands for members of their own. */
export function crowd(count: number): readonly ApplyCommand[] {
  return Array.from({ length: count }, (_, at) => {
    const kennitala = `0101${String(300_000 + at)}`;
    return command(`w${at}`, { kennitala, memberRef: memberRefOf(KEY, kennitala) });
  });
}
