import type { DocumentReference, Firestore } from "@google-cloud/firestore";
import type { Control, ControlStore } from "../../app/ports.ts";
import { controlIn, controlRef, FirestoreControlStore, replaceControl } from "./firestore-control-store.ts";
import { LatestControl } from "./latest-control.ts";

/** After a listener was refused; until then the document is read each time. */
const LISTEN_AGAIN_MS = 60_000;

/**
 * Pause, direction and restores as a listener hears of them, so that an edit costs no read of the control document
 * (docs/decisions/0016-control-is-heard.md). It is read where nothing was heard yet, and where what was heard is older
 * than what was written here or cannot be understood. Must be disposed of before its client.
 */
export class HeardControlStore implements ControlStore, Disposable {
  readonly #ref: DocumentReference;
  readonly #stored: FirestoreControlStore;
  readonly #latest = new LatestControl();
  #stop: (() => void) | undefined;
  #listenFrom = 0;

  constructor(firestore: Firestore) {
    this.#ref = controlRef(firestore);
    this.#stored = new FirestoreControlStore(firestore);
  }

  async read(): Promise<Control> {
    const { current } = this.#latest;
    if (current !== undefined) return current;
    this.#listen();
    return this.#stored.read();
  }

  async update(change: (stored: Control) => Control | null): Promise<Control> {
    this.#latest.forget();
    const { control, writtenAt } = await replaceControl(this.#ref, change);
    if (writtenAt !== null) this.#latest.written(writtenAt);
    return control;
  }

  [Symbol.dispose](): void {
    this.#listenFrom = Number.POSITIVE_INFINITY;
    this.#stop?.();
    this.#stop = undefined;
    this.#latest.forget();
  }

  #listen(): void {
    if (this.#stop !== undefined || performance.now() < this.#listenFrom) return;
    this.#stop = this.#ref.onSnapshot(
      // One that cannot be understood is left to `read`, which says so.
      (snapshot) => this.#latest.report(controlIn(snapshot.data()), snapshot.readTime),
      () => {
        this.#latest.forget();
        this.#stop = undefined;
        this.#listenFrom = performance.now() + LISTEN_AGAIN_MS;
      },
    );
  }
}
