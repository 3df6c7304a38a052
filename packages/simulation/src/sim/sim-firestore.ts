import { FakeFirestore, type DocumentWatch } from "@member-sync/fakes/firestore/fake-firestore.ts";
import { dotted, nested, type Paths } from "@member-sync/fakes/nested.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import type { DocumentChange, MemberDocuments, WriteOutcome } from "@member-sync/tracker/app/ports.ts";
import type { Actor, Stage } from "./stage.ts";
import type { Tape } from "./tape.ts";

const PORTAL = { authType: "user", authId: "uid-1" } as const;

/** The fake Firestore on the stage: each call of the tracker happens when the schedule picks it. */
export class SimFirestore {
  /** Events on their way to the tracker. Each is delivered at least once, in any order. */
  readonly events: DocumentChange[] = [];
  readonly fake: FakeFirestore;
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.fake = new FakeFirestore(() => stage.now);
    this.fake.onChange((change) => void this.events.push(change));
  }

  pathsOf(kennitala: string): Paths | undefined {
    const data = this.fake.get(kennitala)?.data;
    return data === undefined ? undefined : dotted(data);
  }

  /** A commit by the portal's user. Creates what is not there. */
  patch(kennitala: string, set: Paths): void {
    this.fake.patch(kennitala, nested(set), Object.keys(set), PORTAL);
  }

  /** A commit by a program that writes the whole document, or the whole profile, with nothing but this in it. */
  replace(kennitala: string, set: Paths, what: "document" | "profile"): void {
    const data = { profile: {}, ...nested(set) };
    this.fake.patch(kennitala, data, what === "document" ? undefined : ["profile"], PORTAL);
  }

  remove(kennitala: string): void {
    this.fake.delete(kennitala, PORTAL);
  }

  /** What an audit finds: a document that somebody believes to be there, and that is not. */
  tellGone(kennitala: string): void {
    const { found, readTime } = this.fake.look([kennitala]);
    if (found.size === 0) this.events.push({ kennitala, eventTime: readTime, actor: PORTAL });
  }

  /** The port that a tracker's process sees. */
  port(actor: Actor, tape: Tape, watch: DocumentWatch): MemberDocuments {
    const { fake } = this;
    const unavailable = () => new SyncError("store_unavailable", { reason: "no answer" });
    const unsure = (): WriteOutcome => ({ kind: "unsure", error: unavailable() });
    const call = <T>(name: string, effect: () => T, part?: () => void) =>
      this.#stage.call(actor, "firestore", `tracker ${name}`, effect, unavailable, part);
    return {
      write: (writes) =>
        call(
          "writes documents",
          () => fake.apply(writes, watch),
          // Where one batch fails each write goes alone, so each has a fate of its own.
          () =>
            void fake.apply(
              writes.filter(() => tape.chance(0.5)),
              watch,
            ),
        ).catch(() => writes.map(unsure)),
      read: (kennitalas) => call("reads documents", () => fake.look(kennitalas)),
      createdAt: (once) => call("reads the mark of a create", () => fake.createOf(once)),
      list: (after, limit) => call("lists documents", () => fake.page(after, limit)),
    };
  }
}
