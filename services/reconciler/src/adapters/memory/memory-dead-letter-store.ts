import type { DeadLetterNotice } from "@member-sync/shared/messages/dead-letter.ts";
import type { DeadLetter, DeadLetterStore, Page } from "../../app/ports.ts";
import type { Instant } from "../../core/hub.ts";
import { mergeDeadLetter } from "../dead-letter-merge.ts";
import { pageOf } from "./memory-page.ts";
import type { MemoryState } from "./memory-state.ts";

export class MemoryDeadLetterStore implements DeadLetterStore {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async put(notices: readonly DeadLetterNotice[], at: Instant): Promise<void> {
    const letters = this.#state.deadLetters;
    for (const notice of notices) letters.set(notice.id, mergeDeadLetter(letters.get(notice.id), structuredClone(notice), at));
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    return structuredClone(this.#state.deadLetters.get(id));
  }

  async list(
    filter: { readonly state: DeadLetter["state"] | "all"; readonly cause?: string },
    cursor: string | null,
    limit: number,
  ): Promise<Page<DeadLetter>> {
    const matching = [...this.#state.deadLetters.values()].filter(
      (letter) =>
        (filter.state === "all" || letter.state === filter.state) && (filter.cause === undefined || letter.cause === filter.cause),
    );
    return pageOf(matching, (letter) => ({ at: letter.firstSeenAt, id: letter.id }), cursor, limit);
  }

  async resolve(
    id: string,
    state: "replayed" | "discarded",
    resolution: NonNullable<DeadLetter["resolution"]>,
    seen?: number,
  ): Promise<boolean> {
    const letter = this.#state.deadLetters.get(id);
    if (letter?.state !== "open" || letter.seen !== (seen ?? letter.seen)) return false;
    this.#state.deadLetters.set(id, { ...letter, state, resolution: structuredClone(resolution) });
    return true;
  }

  async countOpen(): Promise<number> {
    return [...this.#state.deadLetters.values()].filter((letter) => letter.state === "open").length;
  }
}
