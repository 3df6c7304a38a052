import type { Timestamp } from "@google-cloud/firestore";
import type { Control } from "../../app/ports.ts";

/**
 * The last control that the listener reported, unless this process has written a newer one: a snapshot may have been on
 * its way while the write was made, and may arrive before or after its acknowledgement.
 */
export class LatestControl {
  #reported: { readonly control: Control; readonly at: Timestamp } | undefined;
  #writtenAt: Timestamp | undefined;

  get current(): Control | undefined {
    return this.#reported?.control;
  }

  /** @param control `undefined` where the document cannot be understood */
  report(control: Control | undefined, at: Timestamp): void {
    const isOlder = this.#writtenAt !== undefined && at < this.#writtenAt;
    this.#reported = control === undefined || isOlder ? undefined : { control, at };
  }

  /** What was reported before the write was acknowledged holds only if it was read at or after the write. */
  written(at: Timestamp): void {
    this.#writtenAt = at;
    if (this.#reported !== undefined && this.#reported.at < at) this.#reported = undefined;
  }

  forget(): void {
    this.#reported = undefined;
  }
}
