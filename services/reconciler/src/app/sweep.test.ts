import { describe, expect, test } from "vitest";
import { held, reconcilerUnderTest } from "../../test/reconciler-under-test.ts";

const JON = { name: "Jón", email: "jon@a.is", phone: "5551234" };
const HOUR_MS = 3_600_000;

describe("fault 64: a clock that is put back by an hour", () => {
  test("a command that was lost before is sent again at once, and not only when its time has come again", async () => {
    const reconciler = reconcilerUnderTest();
    await reconciler.take(held("django", 1, JON));
    await reconciler.useCases.sweep();
    reconciler.clock.now -= HOUR_MS;
    expect((await reconciler.useCases.sweep()).resent).toBe(1);
    expect((await reconciler.useCases.sweep()).resent).toBe(0);
    expect(new Set(reconciler.commands("firestore").map(({ writeId }) => writeId)).size).toBe(1);
  });

  test("a command that is lost after it is sent again after half a minute, as ever", async () => {
    const reconciler = reconcilerUnderTest();
    await reconciler.useCases.sweep();
    reconciler.clock.now -= HOUR_MS;
    await reconciler.take(held("django", 1, JON));
    await reconciler.useCases.sweep();
    reconciler.clock.now += 31_000;
    expect((await reconciler.useCases.sweep()).resent).toBe(1);
  });

  test("what is in flight is still counted as being so", async () => {
    const reconciler = reconcilerUnderTest();
    await reconciler.take(held("django", 1, JON));
    reconciler.clock.now -= HOUR_MS;
    expect((await reconciler.useCases.status()).backlog).toMatchObject({ inFlight: 1 });
  });
});
