import type { DocumentData, Firestore, Query } from "@google-cloud/firestore";
import type { DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import type { DeadLetter, DeadLetterStore, Page } from "../../app/ports.ts";
import type { Instant } from "../../core/hub.ts";
import { mergeDeadLetter } from "../dead-letter-merge.ts";
import { mapBounded } from "./bounded.ts";
import { replaceDocument } from "./conditional-write.ts";
import { deadLetterRef, letterFields, readLetter, readParts, writeParts } from "./dead-letter-document.ts";
import { getDocument } from "./get-document.ts";
import { QUERIES } from "./queries.ts";
import { countOf, pageOf, queryOf } from "./run-query.ts";

const LETTERS_AT_ONCE = 16;

interface LetterFilter {
  readonly state: DeadLetter["state"] | "all";
  readonly cause?: string;
}

/** Dead letters in `sync_dead_letters`; the text of one too large for a document in parts below it. */
export class FirestoreDeadLetterStore implements DeadLetterStore {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  async put(notices: readonly DeadLetterNotice[], at: Instant): Promise<void> {
    const copies = Map.groupBy(notices, ({ id }) => id);
    await mapBounded([...copies.values()], LETTERS_AT_ONCE, (same) => this.#putCopies(same, at));
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    const document = await getDocument(deadLetterRef(this.#firestore, id));
    return document === undefined ? undefined : this.#whole(document.fields);
  }

  async list(filter: LetterFilter, cursor: string | null, limit: number): Promise<Page<DeadLetter>> {
    const read = (fields: DocumentData) => this.#whole(fields);
    return pageOf(this.#queryOf(filter), { cursor, limit, read, orderOf: (fields) => Number(fields["firstSeenAt"]) });
  }

  async resolve(
    id: string,
    state: "replayed" | "discarded",
    resolution: NonNullable<DeadLetter["resolution"]>,
    seen?: number,
  ): Promise<boolean> {
    const resolvedAt = await replaceDocument(deadLetterRef(this.#firestore, id), (stored) => {
      if (stored === undefined) return null;
      const { letter, parts } = readLetter(stored.fields);
      const isAsSeen = letter.state === "open" && letter.seen === (seen ?? letter.seen);
      return isAsSeen ? { fields: letterFields({ ...letter, state, resolution }, parts) } : null;
    });
    return resolvedAt !== null;
  }

  async countOpen(): Promise<number> {
    return countOf(queryOf(this.#firestore, QUERIES.deadLettersOpen, ["open"]));
  }

  async #putCopies(copies: readonly DeadLetterNotice[], at: Instant): Promise<void> {
    const [first] = copies;
    if (first === undefined) return;
    const ref = deadLetterRef(this.#firestore, first.id);
    // Parts before the letter: a letter that can be seen can be read whole.
    const { parts, inline } = await writeParts(ref, first.data);
    await replaceDocument(ref, (stored) => {
      let letter = stored === undefined ? undefined : readLetter(stored.fields).letter;
      for (const notice of copies) letter = mergeDeadLetter(letter, { ...notice, data: inline }, at);
      return letter === undefined ? null : { fields: letterFields(letter, parts) };
    });
  }

  async #whole(fields: DocumentData): Promise<DeadLetter> {
    const { letter, parts } = readLetter(fields);
    return parts === 0 ? letter : { ...letter, data: await readParts(deadLetterRef(this.#firestore, letter.id), parts) };
  }

  #queryOf({ state, cause }: LetterFilter): Query {
    if (cause === undefined)
      return state === "all"
        ? queryOf(this.#firestore, QUERIES.deadLetters, [])
        : queryOf(this.#firestore, QUERIES.deadLettersByState, [state]);
    return state === "all"
      ? queryOf(this.#firestore, QUERIES.deadLettersByCause, [cause])
      : queryOf(this.#firestore, QUERIES.deadLettersByStateAndCause, [state, cause]);
  }
}
