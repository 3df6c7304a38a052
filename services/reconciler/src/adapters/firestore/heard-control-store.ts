import type { DocumentReference, DocumentSnapshot, Firestore, Timestamp } from "@google-cloud/firestore";
import type { Control, ControlStore } from "../../app/ports.ts";
import { controlIn, controlRef, FirestoreControlStore, replaceControl } from "./firestore-control-store.ts";

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
  #heard: { readonly control: Control; readonly at: Timestamp } | undefined;
  #writtenAt: Timestamp | undefined;
  #stop: (() => void) | undefined;
  #listenFrom = 0;

  constructor(firestore: Firestore) {
    this.#ref = controlRef(firestore);
    this.#stored = new FirestoreControlStore(firestore);
  }

  async read(): Promise<Control> {
    if (this.#heard !== undefined) return this.#heard.control;
    this.#listen();
    return this.#stored.read();
  }

  async update(change: (stored: Control) => Control | null): Promise<Control> {
    this.#heard = undefined;
    const { control, writtenAt } = await replaceControl(this.#ref, change);
    this.#writtenAt = writtenAt ?? this.#writtenAt;
    // Meanwhile what stood before may have been heard.
    if (this.#writtenAt !== undefined) this.#forgetBefore(this.#writtenAt);
    return control;
  }

  [Symbol.dispose](): void {
    this.#listenFrom = Number.POSITIVE_INFINITY;
    this.#stop?.();
    this.#stop = undefined;
    this.#heard = undefined;
  }

  #listen(): void {
    if (this.#stop !== undefined || performance.now() < this.#listenFrom) return;
    this.#stop = this.#ref.onSnapshot(
      (snapshot) => this.#hear(snapshot),
      () => {
        this.#heard = undefined;
        this.#stop = undefined;
        this.#listenFrom = performance.now() + LISTEN_AGAIN_MS;
      },
    );
  }

  #hear(snapshot: DocumentSnapshot): void {
    // One that cannot be understood is left to `read`, which says so.
    const control = controlIn(snapshot.data());
    this.#heard = control === undefined ? undefined : { control, at: snapshot.readTime };
    if (this.#writtenAt !== undefined) this.#forgetBefore(this.#writtenAt);
  }

  #forgetBefore(time: Timestamp): void {
    if (this.#heard !== undefined && this.#heard.at < time) this.#heard = undefined;
  }
}
