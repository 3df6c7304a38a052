import { once } from "node:events";
import { connect, constants, createServer, type ClientHttp2Session, type Http2Server } from "node:http2";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../e2e/world/eventually.ts";
import { startTcpProxy, type TcpProxy } from "./world/tcp-proxy.ts";

const HEAVY = "x".repeat(20_000);
let cleanup: AsyncDisposableStack;
let proxy: TcpProxy;
let heard: string[];

/** A server of HTTP/2 that answers `got <body>`; what it has heard is in `heard`. */
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  heard = [];
  const server: Http2Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      heard.push(body);
      response.end(`got ${body}`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup.defer(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  proxy = cleanup.use(await startTcpProxy(`127.0.0.1:${address.port}`));
});

afterEach(() => cleanup.disposeAsync());

function open(): ClientHttp2Session {
  const session = connect(`http://${proxy.host}`);
  session.on("error", () => session.destroy());
  cleanup.defer(() => session.destroy());
  return session;
}

async function ask(session: ClientHttp2Session, body: string): Promise<string> {
  const request = session.request({ [constants.HTTP2_HEADER_METHOD]: "POST" });
  request.end(body);
  let answer = "";
  for await (const chunk of request) answer += String(chunk);
  if (answer === "") throw new Error("the connection broke");
  return answer;
}

test("the proxy passes on what it is not asked about, both ways and whole", async () => {
  const session = open();
  expect(await Promise.all([ask(session, "one"), ask(session, HEAVY)])).toEqual(["got one", `got ${HEAVY}`]);
});

test("an answer is cut where its request has the text, on that connection only, as often as was asked", async () => {
  const cut = proxy.cutAnswerOf("member-7", 2);
  const [first, other] = [open(), open()];
  expect(await ask(first, "member-6")).toBe("got member-6");
  await expect(ask(first, "the member-7 there")).rejects.toThrow();
  await expect(ask(open(), `${HEAVY} member-7`)).rejects.toThrow();
  expect([cut.met(), heard]).toEqual([2, ["member-6", "the member-7 there", `${HEAVY} member-7`]]);
  expect(await ask(other, "member-7")).toBe("got member-7");
});

test("a text is found where it lies in two frames", async () => {
  const cut = proxy.cutAnswerOf("across two frames");
  const request = open().request({ [constants.HTTP2_HEADER_METHOD]: "POST" });
  request.on("error", () => {});
  request.write("this goes across ");
  await new Promise((resolve) => setImmediate(resolve));
  request.end("two frames");
  await eventually("the cut", () => expect(cut.met()).toBe(1));
});

test("an answer is held after the server has given it, and comes when it is let go", async () => {
  const held = proxy.holdAnswerOf("hold me");
  const answers: string[] = [];
  const asked = ask(open(), "please hold me").then((answer) => answers.push(answer));
  await held.met;
  expect(heard).toEqual(["please hold me"]);
  expect(await ask(open(), "another connection")).toBe("got another connection");
  expect(answers).toEqual([]);
  held.release();
  await asked;
  expect(answers).toEqual(["got please hold me"]);
});

test("a request is held before the server hears it", async () => {
  const held = proxy.holdRequestOf("hold me");
  const session = open();
  const asked = ask(session, "please hold me");
  await held.met;
  expect(await ask(open(), "another connection")).toBe("got another connection");
  expect(heard).toEqual(["another connection"]);
  held.release();
  expect(await asked).toBe("got please hold me");
});

test("what is released before it was met is not held any more", async () => {
  proxy.holdRequestOf("hold me").release();
  expect(await ask(open(), "hold me")).toBe("got hold me");
});

test("a hole keeps everything, and what was sent meanwhile arrives when it is over", async () => {
  const session = open();
  await ask(session, "before");
  proxy.mode = "hole";
  const asked = ask(session, "into the hole");
  const fresh = ask(open(), "a new one into the hole");
  session.ping(() => {});
  await new Promise((resolve) => setTimeout(resolve, 100)); // that nothing comes can only be seen by waiting
  expect(heard).toEqual(["before"]);
  proxy.mode = "pass";
  expect(await Promise.all([asked, fresh])).toEqual(["got into the hole", "got a new one into the hole"]);
});

test("it breaks what stands, and refuses what comes", async () => {
  const session = open();
  await ask(session, "before");
  const closed = new Promise((resolve) => session.once("close", () => resolve(true)));
  proxy.reset();
  await closed;
  proxy.mode = "refuse";
  await expect(ask(open(), "refused")).rejects.toThrow();
  proxy.mode = "pass";
  expect(await ask(open(), "after")).toBe("got after");
  expect(heard).toEqual(["before", "after"]);
});

test("it is as late and as slow as it is told", async () => {
  const session = open();
  await ask(session, "before");
  proxy.latencyMs = 300;
  const startedAt = performance.now();
  await ask(session, "late");
  expect(performance.now() - startedAt).toBeGreaterThan(290);
  proxy.latencyMs = 0;
  proxy.bytesPerSecond = 100_000;
  const slowFrom = performance.now();
  await ask(session, HEAVY);
  expect(performance.now() - slowFrom).toBeGreaterThan(390);
});

test("HTTP/1 goes through by the chunk", async () => {
  const { createServer: createPlain } = await import("node:http");
  const plain = createPlain((request, response) => request.resume().on("end", () => response.end("plain"))).listen(0, "127.0.0.1");
  await once(plain, "listening");
  cleanup.defer(() => void plain.close());
  const address = plain.address();
  const before = cleanup.use(await startTcpProxy(`127.0.0.1:${typeof address === "object" ? address?.port : 0}`));
  const post = async (body: string) => (await fetch(`http://${before.host}/`, { method: "POST", body })).text();
  expect(await post("one")).toBe("plain");
  const cut = before.cutAnswerOf("two");
  await expect(post("two")).rejects.toThrow();
  expect(cut.met()).toBe(1);
});
