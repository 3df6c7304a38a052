import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttp2Server } from "node:http2";
import { createServer, type Server } from "node:net";
import type { Firestore } from "@google-cloud/firestore";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { SyncError } from "../errors/sync-error.ts";
import { createFirestore, toSyncError } from "./client.ts";

const emulatorHost = process.env["FIRESTORE_EMULATOR_HOST"];
if (emulatorHost === undefined) console.info("the Firestore client runs against a black hole only: FIRESTORE_EMULATOR_HOST is not set");

describe("a Firestore that never answers", () => {
  let hole: Server;
  let firestore: Firestore;

  beforeAll(async () => {
    hole = createServer().listen(0, "127.0.0.1");
    await once(hole, "listening");
    vi.stubEnv("FIRESTORE_EMULATOR_HOST", undefined); // the client prefers it to the host that it is given
    const address = hole.address();
    firestore = createFirestore({
      projectId: "contract",
      emulatorHost: `127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
      deadlineMs: 300,
    });
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    hole.close();
  });

  test.each<[string, () => Promise<unknown>]>([
    ["get", () => firestore.doc("a/b").get()],
    ["getAll", () => firestore.getAll(firestore.doc("a/b"), firestore.doc("a/c"))],
    ["set", () => firestore.doc("a/b").set({ x: 1 })],
    ["update under a precondition", () => firestore.doc("a/b").update({ x: 1 }, { exists: true })],
    ["batch", () => firestore.batch().create(firestore.doc("a/b"), { x: 1 }).commit()],
    ["query", () => firestore.collection("a").limit(1).get()],
    ["count", () => firestore.collection("a").count().get()],
    ["transaction", () => firestore.runTransaction((transaction) => transaction.get(firestore.doc("a/b")))],
  ])("costs a call its deadline: %s", { timeout: 10_000 }, async (_name, call) => {
    const startedAt = performance.now();
    const error = await call().then(() => undefined, toSyncError);
    expect(error).toMatchObject({ code: "store_unavailable", disposition: "retry" });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

describe("a Firestore that refuses", () => {
  const calls: [string, (firestore: Firestore) => Promise<unknown>][] = [
    ["get", (firestore) => firestore.doc("a/b").get()],
    ["query", (firestore) => firestore.collection("a").limit(1).get()],
    ["set", (firestore) => firestore.doc("a/b").set({ x: 1 })],
  ];
  test.each(calls)("says so at once, and is asked once: %s", async (_name, call) => {
    await using cleanup = new AsyncDisposableStack();
    let asked = 0;
    const server = createHttp2Server().on("stream", (stream) => {
      asked += 1;
      stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "7" }, { endStream: true });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanup.defer(() => void server.close());
    vi.stubEnv("FIRESTORE_EMULATOR_HOST", undefined);
    cleanup.defer(() => void vi.unstubAllEnvs());
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const firestore = createFirestore({ projectId: "contract", emulatorHost: `127.0.0.1:${port}` });
    cleanup.defer(() => firestore.terminate());
    const startedAt = performance.now();
    expect(await call(firestore).then(() => undefined, toSyncError)).toMatchObject({ code: "store_refused", details: { grpcCode: 7 } });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(asked).toBe(1);
  });
});

describe.skipIf(emulatorHost === undefined)("a Firestore that answers", () => {
  test("is reached without credentials", async () => {
    const firestore = createFirestore({ projectId: "contract", emulatorHost: emulatorHost ?? "" });
    await firestore.doc("contract/a").set({ name: "Þórður" });
    expect((await firestore.doc("contract/a").get()).get("name")).toBe("Þórður");
    await firestore.terminate();
  });

  test("may keep a listener open for longer than a call", async () => {
    const firestore = createFirestore({ projectId: "contract", emulatorHost: emulatorHost ?? "", deadlineMs: 1_000 });
    const reference = firestore.doc(`contract/${randomUUID()}`);
    const heard = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const stop = reference.onSnapshot((snapshot) => (snapshot.get("n") === 2 ? heard.resolve() : started.resolve()), heard.reject);
    await started.promise;
    await reference.set({ n: 1 });
    const due = performance.now() + 1_500;
    while (performance.now() < due) await reference.get();
    await reference.set({ n: 2 });
    await heard.promise;
    stop();
    await firestore.terminate();
  });
});

describe("toSyncError", () => {
  test.each([
    [7, "store_refused"],
    [16, "store_refused"],
    [3, "store_unavailable"],
    [4, "store_unavailable"],
    [8, "store_unavailable"],
    [10, "store_unavailable"],
    [14, "store_unavailable"],
  ])("of status %i is %s", (grpcCode, code) => {
    expect(toSyncError(Object.assign(new Error("members/0101302989"), { code: grpcCode }))).toMatchObject({ code, details: { grpcCode } });
  });

  test("leaves ours as it is, and takes anything else for trouble that may pass", () => {
    const ours = new SyncError("wrong_member");
    expect(toSyncError(ours)).toBe(ours);
    expect(toSyncError("x")).toMatchObject({ code: "store_unavailable", details: {} });
  });
});
