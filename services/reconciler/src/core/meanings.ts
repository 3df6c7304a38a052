import type { FactKind } from "./facts.ts";
import type { OutcomeKind, Rule } from "./history.ts";
import type { ConflictCause } from "./hub.ts";
import type { LifeRule } from "./life-table.ts";

/** What each word of the rules means, for people. `docs/rules.md` is made of these lists; a new word does not compile without its meaning. */

export const FACT_MEANINGS: Readonly<Record<FactKind, string>> = {
  suspended: "the side seems to have been restored from a backup, and no operator has confirmed it",
  restored: "the operator has confirmed the restore: what we knew of the side no longer holds",
  rejected: "the side rejected our command, whole or in part",
  landed: "our own command was carried out there",
  moved: "the side is at this observation's revision, and its command in flight has ended",
  life: "whether the side has the member, beside what we knew of that",
  read: "the content that the side holds",
  changed: "groups whose value differs from what we knew the side to hold: edits by somebody there",
  edited: "an edit was made by somebody who may not have known that the member had been deleted",
  compared: "after a write of ours: groups in conflict that may be equal again",
  noted: "forbidden, unmapped or replaced paths that the history must name",
  overtaken: "a queued observation is late, or was read already: it leaves the queue",
};

export const OUTCOME_MEANINGS: Readonly<Record<OutcomeKind, string>> = {
  accepted: "the edit became the agreed value, and goes to the other side",
  agreed: "both sides made the same edit: nothing is to be sent",
  converged: "both sides became equal while a person was asked: the conflict closed",
  lost: "the value was not taken, or was replaced, by the rule that is named; the entry has both values",
  parked: "the edit is part of an open conflict",
  rejected: "the other side rejected the value; the group waits for a person",
  refused: "the change does not propagate and is undone: a client may not make it, or it is a late create of ours",
  unmapped: "no field maps the path, or the side does not map the group: it does not propagate",
  kept: "the field vanished with a replaced document; the agreed value stays, and is sent there again",
  decided: "a person's decision became the agreed value",
  suspended: "the side seems to have been restored from a backup: nothing is sent there until an operator confirms it",
  restored: "the operator's confirmation was applied to this member",
};

export const RULE_MEANINGS: Readonly<Record<Rule, string>> = {
  "first-sight": "the value was there when the group was first read on this side, and no value had been agreed",
  newer: "the editor had seen the agreed value (cause before clock)",
  "same-value": "the edit equals the agreed value after normalisation",
  "equal-again": "both sides hold the same again",
  "owner-django": "concurrent; by policy the value of Django wins. Of a life: staff kept the member whom Firestore has inactive",
  "owner-firestore": "concurrent; by policy the value of Firestore wins",
  lww: "concurrent; by policy the later clock wins, and the two were further apart than the conflict window",
  "lww-too-close": "concurrent; the two clocks were within the window and its uncertainty: a person is asked",
  "lww-after-restore": "concurrent; the value was read after a restore, so nobody knows when it was given: a person is asked",
  manual: "concurrent; by policy a person is asked",
  "open-conflict": "a conflict of the group was open already: the edit moved it on",
  oscillation: "programs on both sides kept changing the value: a person is asked",
  "rejected-by-side": "the side rejected the value; `code` has the side's own code",
  "not-mapped-by-side": "the side's own settings do not map the group: it is withheld there until it is read there",
  forbidden: "a protected path or status; clients may not write it, and it is restored",
  "no-field-maps-it": "no field of the field map has the path",
  "document-replaced": "a program replaced the document, or the map around the field, without knowing the field",
  "delete-edit":
    "a delete on one side and an edit on the other, neither having seen the other, or the sides differ on the life and nothing says which is newer: a person is asked",
  "delete-review": "a delete that policy leaves to a person",
  recreated:
    "a new document of a deleted member: no member brings themselves back, a person is asked; its content is taken only by the decision",
  reactivated: "staff made the inactive member active again",
  "new-life": "staff, or a person's decision, began a new life: no field of the first one flows into it",
  "life-ended": "the member's life ended while the group was contested",
  "late-write": "a create of ours landed after the member was deleted: it is undone",
  decision: "a person decided against this value",
  django: "a person chose what Django holds",
  firestore: "a person chose what Firestore holds",
  custom: "a person gave a value of their own",
  "side-restored": "the side went back in time: its lineage is new, or its revision is lower than one that we knew",
  "restore-confirmed": "an operator confirmed the restore",
};

export const LIFE_RULE_MEANINGS: Readonly<Record<LifeRule, string>> = {
  begin: "the first report on the member: the life begins as reported; missing or inactive begins as deleted",
  stand: "nothing new about the life",
  end: "the member was ended there; against an edit that this had not seen, or where policy says so, a person is asked",
  "end-if-there": "as `end`, if the member had been there unreported; else nothing",
  answer:
    "a conflict about the life is open: it closes when both sides agree, or when staff create a deleted member (a new life); a late create of ours only updates it",
  "answer-if-there": "as `answer`, if the member had been there unreported; else nothing",
  restart: "staff made the deleted member anew: a new life; a late create of ours is undone, or a person is asked where the record differs",
  reactivate: "staff made the inactive member active again",
  recreate: "a new document of a deleted member: a person is asked; a late create of ours that its answer shows untouched is undone",
  "restore-status": "clients may not write the status: the hub's status is written there again",
  impose: "a document is inactive at its first reading while the hub says active: its status is written",
  return: "staff still had the deleted member: an inactive document gives way, else a person is asked",
  "ask-edit": "the sides differ, and nobody knows which of them is right: a person is asked",
};

export const CAUSE_MEANINGS: Readonly<Record<ConflictCause, string>> = {
  concurrent: "two people changed the group, neither having seen the other's value",
  rejected: "a side rejected the value, or the member as a whole",
  oscillation: "programs on both sides keep changing the value",
  "delete-edit": "one side ended the member, the other changed it, neither having seen the other",
  "delete-review": "a side ended the member, and policy leaves that to a person",
  recreated: "the deleted member has a new document",
};
