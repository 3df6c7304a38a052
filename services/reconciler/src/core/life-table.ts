import type { Life } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { KnownLife } from "./facts.ts";

/** What an observation of a member's life may come to: `meanings.ts` says what each rule means, `decide-life.ts` does it. */
export const LIFE_RULES = [
  "begin",
  "stand",
  "end",
  "end-if-there",
  "answer",
  "answer-if-there",
  "restart",
  "reactivate",
  "recreate",
  "restore-status",
  "impose",
  "return",
  "ask-edit",
] as const;
export type LifeRule = (typeof LIFE_RULES)[number];

/** What the hub says of the life: `unborn` before the first word, `asked` while a person is asked about it. */
export const HUB_LIVES = ["unborn", "alive", "deleted", "asked"] as const;
export type HubLife = (typeof HUB_LIVES)[number];

type Row = Readonly<Record<HubLife, LifeRule>>;

/** Whose word × what we knew there × what is there now × what the hub says. A cell that is missing does not compile. */
export const LIFE_TABLE: Readonly<Record<Side, Readonly<Record<KnownLife, Readonly<Record<Life, Row>>>>>> = {
  django: {
    unheard: {
      alive: hub("begin", "stand", "return", "answer"),
      deleted: hub("begin", "ask-edit", "stand", "stand"),
      missing: hub("begin", "end-if-there", "stand", "answer-if-there"),
    },
    restored: {
      alive: hub("begin", "stand", "ask-edit", "answer"),
      deleted: hub("begin", "ask-edit", "stand", "stand"),
      missing: hub("begin", "end-if-there", "stand", "answer-if-there"),
    },
    alive: {
      alive: hub("begin", "stand", "stand", "stand"),
      deleted: hub("begin", "end", "stand", "answer"),
      missing: hub("begin", "end", "stand", "answer"),
    },
    deleted: {
      alive: hub("begin", "stand", "reactivate", "answer"),
      deleted: hub("begin", "stand", "stand", "stand"),
      missing: hub("begin", "end", "stand", "answer"),
    },
    missing: {
      alive: hub("begin", "stand", "restart", "answer"),
      deleted: hub("begin", "end-if-there", "stand", "answer-if-there"),
      missing: hub("begin", "end-if-there", "stand", "answer-if-there"),
    },
  },
  firestore: {
    unheard: {
      alive: hub("begin", "stand", "ask-edit", "answer"),
      deleted: hub("begin", "impose", "stand", "stand"),
      missing: hub("begin", "end-if-there", "stand", "answer-if-there"),
    },
    restored: {
      alive: hub("begin", "stand", "ask-edit", "answer"),
      deleted: hub("begin", "impose", "stand", "stand"),
      missing: hub("begin", "end-if-there", "stand", "answer-if-there"),
    },
    alive: {
      alive: hub("begin", "stand", "stand", "stand"),
      deleted: hub("begin", "restore-status", "stand", "answer"),
      missing: hub("begin", "end", "stand", "answer"),
    },
    deleted: {
      alive: hub("begin", "stand", "restore-status", "answer"),
      deleted: hub("begin", "stand", "stand", "stand"),
      missing: hub("begin", "end", "stand", "answer"),
    },
    missing: {
      alive: hub("begin", "stand", "recreate", "answer"),
      deleted: hub("begin", "restore-status", "stand", "answer-if-there"),
      missing: hub("begin", "end-if-there", "stand", "answer-if-there"),
    },
  },
};

function hub(unborn: LifeRule, alive: LifeRule, deleted: LifeRule, asked: LifeRule): Row {
  return { unborn, alive, deleted, asked };
}
