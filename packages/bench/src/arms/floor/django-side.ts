import { chunksOf } from "@member-sync/shared/chunks.ts";
import type { ApplyCommand } from "@member-sync/shared/messages/apply-command.ts";
import { packEnvelopes } from "@member-sync/shared/messages/envelope.ts";
import { createSlots } from "../slots.ts";
import type { DjangoClient, OutboxRow } from "../django-client.ts";
import type { Handle, Publish } from "./bus.ts";
import { commandsIn } from "./envelopes.ts";
import { recordOf, type Records } from "./records.ts";

const PAGE = 250;
const APPLY = 200;
/** SQLite lets one writer in; while that one works, the next request may already be on its way. */
const APPLIES_AT_ONCE = 2;

/** What the adapter does, with nothing made sure of: rows are marked whatever comes of them. */
export interface DjangoSide {
  /** Publishes the first `rows` rows of the outbox, and marks them. */
  drain(rows: number): Promise<void>;
  readonly apply: Handle;
}

export interface DjangoSideParts {
  readonly django: DjangoClient;
  readonly publish: Publish;
  readonly records: Records;
}

export function createDjangoSide({ django, publish, records }: DjangoSideParts): DjangoSide {
  const lanes = createSlots(APPLIES_AT_ONCE);
  const publishPage = async (rows: readonly OutboxRow[]) => {
    const observations = rows.map(({ ssn, revision, record, django_id }) =>
      records.observation({
        side: "django",
        kennitala: ssn,
        revision: String(revision),
        record: recordOf(record ?? {}),
        djangoId: django_id,
      }),
    );
    await publish("member-changes-django", packEnvelopes("member-change.v1", "django", observations));
  };
  return {
    async drain(rows) {
      const published: Promise<void>[] = [];
      const ids: number[] = [];
      let left = rows;
      for (let after = 0; left > 0;) {
        const page = await django.pending(after, Math.min(PAGE, left));
        if (page.changes.length === 0) throw new Error(`the outbox has ${left} rows less than there are edits`);
        left -= page.changes.length;
        after = page.changes.at(-1)?.id ?? after;
        published.push(publishPage(page.changes));
        ids.push(...page.changes.map(({ id }) => id));
      }
      await Promise.all(published);
      await django.markSynced(ids);
    },
    async apply(text) {
      const commands = commandsIn(text);
      await Promise.all(chunksOf(commands, APPLY).map((part) => lanes.run(() => django.apply(part.map(toChange)))));
      const answers = commands.map((command) => records.answer(command, "2"));
      await publish("member-changes-django", packEnvelopes("member-change.v1", "django", answers));
    },
  };
}

function toChange({ kennitala, djangoId, groups }: ApplyCommand) {
  const changes = Object.fromEntries(Object.entries(groups).map(([group, value]) => [`profile.${group}`, value]));
  return { kennitala, django_id: djangoId, action: "update", changes } as const;
}
