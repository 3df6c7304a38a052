import { once } from "node:events";
import { createServer } from "node:https";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../e2e/world/eventually.ts";
import { withService } from "../e2e/world/service-process.ts";
import { PATHS } from "../src/paths.ts";
import { createPorts } from "../src/ports.ts";
import { createAuthority, type Authority, type Certificate } from "./world/certificates.ts";
import { metricOf } from "./world/metric.ts";

const TOKEN = "the-token-of-the-adapter";

/** The real django-adapter as a process, and real certificates of an authority that it trusts. */
describe("Django's certificate", () => {
  let authority: Authority;
  let stranger: Authority;
  beforeAll(() => {
    authority = createAuthority();
    stranger = createAuthority();
  });
  afterAll(() => {
    authority[Symbol.dispose]();
    stranger[Symbol.dispose]();
  });

  /** Runs the adapter against a Django that shows this certificate on localhost; tells which requests reached it. */
  async function meet(certificate: Certificate, use: (adapter: { url: string; output: () => string }) => Promise<void>) {
    const reached: (string | undefined)[] = [];
    const server = createServer(certificate, (request, response) => {
      reached.push(request.headers.authorization);
      response.writeHead(200, { "content-type": "application/json" });
      response.end(request.url?.includes("/changes/") === true ? '{"changes":[],"next":null}' : '{"pending":0}');
    }).listen(0, "localhost");
    await once(server, "listening");
    const address = server.address();
    const port = await createPorts().next();
    const env = {
      PORT: String(port),
      HOST: "127.0.0.1",
      PROJECT_ID: "test",
      PUBSUB_EMULATOR_HOST: "127.0.0.1:1",
      MEMBER_REF_KEY: "0123456789abcdef",
      MEMBER_SYNC_CONFIG: PATHS.config,
      PUSH_AUTH: "none",
      DJANGO_URL: `https://localhost:${typeof address === "object" ? address?.port : 0}/felagar`,
      DJANGO_TOKEN: TOKEN,
      ADAPTER_TOKEN: "a-token-of-the-reconciler",
      POLL_INTERVAL: "100ms",
      NODE_EXTRA_CA_CERTS: authority.caFile,
    };
    try {
      const url = `http://127.0.0.1:${port}`;
      await withService("django-adapter", env, async ({ output }) => {
        await eventually("the adapter being up", async () => expect((await fetch(`${url}/healthz`)).status).toBe(200));
        await use({ url, output });
      });
    } finally {
      server.closeAllConnections();
      server.close();
    }
    return reached;
  }

  test("one that is right is trusted: the adapter is ready, and its token arrives", async () => {
    const reached = await meet(authority.sign("localhost", 2), async ({ url }) => {
      await eventually("readiness", async () => expect((await fetch(`${url}/readyz`)).status).toBe(200));
      expect(await metricOf(url, "membersync_django_circuit_open")).toBe(0);
    });
    expect(new Set(reached)).toEqual(new Set([`Token ${TOKEN}`]));
  });

  test.each([
    ["has expired", "CERT_HAS_EXPIRED", () => authority.sign("localhost", -1)],
    ["is another host's", "ERR_TLS_CERT_ALTNAME_INVALID", () => authority.sign("django.example.is", 2)],
    ["is signed by a stranger", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", () => stranger.sign("localhost", 2)],
  ])(
    "fault 54: one that %s is refused: no request and no token leaves, the circuit opens, and the log says why",
    async (_what, code, sign) => {
      const reached = await meet(sign(), async ({ url, output }) => {
        await eventually("the open circuit", async () => expect(await metricOf(url, "membersync_django_circuit_open")).toBe(1));
        expect((await fetch(`${url}/readyz`)).status).toBe(503);
        expect(output()).toContain(code);
        expect(output()).not.toContain(TOKEN);
      });
      expect(reached).toEqual([]);
    },
  );
});
