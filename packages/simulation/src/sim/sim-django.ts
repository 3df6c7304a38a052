import type { DjangoMembers, DjangoResult } from "@member-sync/django-adapter/app/ports.ts";
import type { WriteWatch } from "@member-sync/fakes/django/apply-change.ts";
import { applyChanges, outboxStatus, pendingPage, readMembers } from "@member-sync/fakes/django/django-port.ts";
import { FakeDjango } from "@member-sync/fakes/django/fake-django.ts";
import { checkStatus, STATUS_PATH, type Host } from "@member-sync/fakes/django/host.ts";
import type { Paths } from "@member-sync/fakes/nested.ts";
import { SyncError } from "@member-sync/shared/errors/sync-error.ts";
import { mappedPaths } from "@member-sync/shared/member/field-map.ts";
import { FIELD_MAP, REFUSED_MARK, REWRITTEN_MARK } from "./rules.ts";
import type { Actor, Stage } from "./stage.ts";
import type { Tape } from "./tape.ts";

const PATHS = mappedPaths(FIELD_MAP);
const STAFF = { actor: "user:1" } as const;

const HOST: Host = {
  blank: { ...Object.fromEntries([...PATHS].map((path) => [path, null])), [STATUS_PATH]: "active" },
  required: ["profile.name"],
  check(path, value) {
    if (path === STATUS_PATH) return checkStatus(value);
    if (!PATHS.has(path)) return { code: "unmapped", message: "No field carries this path." };
    if (typeof value !== "string") {
      return path === "profile.name" ? { code: "required", message: "This field is required." } : { value: null };
    }
    if (value.includes(REFUSED_MARK)) return { code: "invalid", message: "Not taken." };
    return { value: value.replaceAll(REWRITTEN_MARK, "") };
  },
};

/** The fake Django on the stage: each call of the adapter happens when the schedule picks it. */
export class SimDjango {
  /** How far Django's clock is off, and how coarse it is. */
  skewMs = 0;
  tickMs = 1;
  /** How often a whole answer comes short or out of order. */
  mangling = 0;
  readonly fake: FakeDjango;
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.fake = new FakeDjango({ host: HOST, clock: () => Math.floor((stage.now + this.skewMs) / this.tickMs) * this.tickMs });
  }

  /** Staff save a member: one transaction, one change. `isCaptured: false`: behind the back of the triggers. */
  save(ssn: string, set: Paths, isCaptured = true): void {
    const values = Object.fromEntries(Object.entries(set).map(([path, value]) => [path, typeof value === "string" ? value : null]));
    if (!isCaptured) this.fake.writeUncaptured(ssn, values);
    else if (this.fake.write(ssn, values, STAFF).length === 0) this.fake.recapture(ssn);
  }

  remove(ssn: string): void {
    this.fake.remove(ssn, STAFF);
  }

  /** `member_sync_backfill --all`: every member into the outbox again, and who was removed. */
  backfill(): void {
    for (const ssn of this.fake.known()) this.fake.recapture(ssn);
  }

  port(actor: Actor, tape: Tape, watch: WriteWatch): DjangoMembers {
    const { fake } = this;
    const down = () => troubleOf(tape);
    const call = <T>(name: string, effect: () => T, part?: () => void) =>
      this.#stage.call(actor, "django", `adapter ${name}`, effect, down, part);
    return {
      pendingChanges: (after, limit) => call("reads the outbox", () => pendingPage(fake, after, limit)),
      readMembers: (kennitalas) => call("reads members", () => readMembers(fake, kennitalas)),
      markSynced: (ids) => call("marks rows", () => fake.markSynced(ids)),
      status: () => call("asks for the status", () => outboxStatus(fake)),
      apply: (changes) =>
        call(
          "applies",
          () => mangled(applyChanges(fake, changes, watch), tape, this.mangling),
          // One transaction for all of them: it is there, or it is not.
          () => void fake.apply(changes, watch),
        ),
    };
  }
}

/** What a Django in trouble says: each of these may pass, or concerns one item. */
function troubleOf(tape: Tape): SyncError {
  const status = tape.pick([0, 429, 500, 502, 503, 413]);
  if (status === 413) return new SyncError("django_refused", { status });
  if (status === 0) return new SyncError(tape.chance(0.5) ? "django_unavailable" : "django_bad_answer", { reason: "time-out" });
  return new SyncError("django_unavailable", { status });
}

function mangled(results: readonly DjangoResult[], tape: Tape, rate: number): readonly DjangoResult[] {
  if (!tape.chance(rate)) return results;
  const shuffled = results.toReversed();
  return tape.chance(0.5) ? shuffled : shuffled.slice(tape.below(shuffled.length + 1));
}
