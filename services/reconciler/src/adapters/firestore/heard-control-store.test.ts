import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Firestore } from "@google-cloud/firestore";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Control } from "../../app/ports.ts";
import { CONTROL_DEFAULT } from "../control-default.ts";
import { controlRef, FirestoreControlStore } from "./firestore-control-store.ts";
import { HeardControlStore } from "./heard-control-store.ts";
import { emulatorOrReason } from "./trouble.fixture.ts";

const emulatorHost = emulatorOrReason("hearing of pause and direction");
const PAUSED: Control = { ...CONTROL_DEFAULT, paused: true, reason: "moving house" };

describe.runIf(emulatorHost !== "")("pause and direction, as they are heard of", () => {
  let calls = 0;
  let reads = 0;
  let firestore: Firestore;
  let control: HeardControlStore;
  let other: FirestoreControlStore;
  beforeEach(() => {
    [calls, reads] = [0, 0];
    const counters = {
      calls: (count: number) => void (calls += count),
      reads: (count: number) => void (reads += count),
      writes: () => undefined,
    };
    const projectId = `heard-${randomUUID()}`;
    firestore = createFirestore({ projectId, emulatorHost, counters });
    control = new HeardControlStore(firestore);
    other = new FirestoreControlStore(createFirestore({ projectId, emulatorHost }));
  });
  afterEach(async () => {
    control[Symbol.dispose]();
    await firestore.terminate();
  });

  /** Until it answers without a call. */
  const heard = () =>
    expect
      .poll(async () => {
        const before = calls;
        await control.read();
        return calls - before;
      })
      .toBe(0);

  it("cost nothing once they have been heard, also where nobody has steered yet", async () => {
    expect(await control.read()).toEqual(CONTROL_DEFAULT);
    await heard();
    const before = [calls, reads];
    for (let count = 0; count < 100; count += 1) expect(await control.read()).toEqual(CONTROL_DEFAULT);
    expect([calls, reads]).toEqual(before);
  });

  it("are heard when another instance changes them, for one read", async () => {
    await control.read();
    await heard();
    const before = reads;
    await other.update(() => PAUSED);
    await expect.poll(() => control.read()).toEqual(PAUSED);
    expect(reads - before).toBe(1);
  });

  it("are never older than what was written here", async () => {
    await control.read();
    await heard();
    for (let count = 0; count < 30; count += 1) {
      const next = { ...PAUSED, reason: `time ${count}` };
      await control.update(() => next);
      expect(await control.read()).toEqual(next);
    }
  });

  it("are read, and refused, where they cannot be understood", async () => {
    await control.read();
    await heard();
    await controlRef(firestore).set({ paused: "perhaps" });
    await expect
      .poll(() =>
        control.read().then(
          () => "understood",
          () => "refused",
        ),
      )
      .toBe("refused");
    await controlRef(firestore).set({ ...PAUSED });
    await expect.poll(() => control.read().catch(() => undefined)).toEqual(PAUSED);
    await heard();
  });

  it("are read where there is nothing to hear any more", async () => {
    await control.read();
    await heard();
    control[Symbol.dispose]();
    await other.update(() => PAUSED);
    expect(await control.read()).toEqual(PAUSED);
  });
});

it("a Firestore that never answers is told as such each time, and its listener ends with its client", { timeout: 20_000 }, async () => {
  const hole = createServer().listen(0, "127.0.0.1");
  await once(hole, "listening");
  vi.stubEnv("FIRESTORE_EMULATOR_HOST", undefined);
  const address = hole.address();
  const host = `127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const firestore = createFirestore({ projectId: "heard", emulatorHost: host, deadlineMs: 300 });
  const control = new HeardControlStore(firestore);
  for (let count = 0; count < 3; count += 1) await expect(control.read()).rejects.toMatchObject({ code: "store_unavailable" });
  control[Symbol.dispose]();
  await firestore.terminate();
  vi.unstubAllEnvs();
  hole.close();
});
