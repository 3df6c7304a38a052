import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { createLocalJWKSet, exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type JWTVerifyGetKey } from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import { googleKeys, noVerification, oidcVerifier } from "./push-auth.ts";

const audience = "https://reconciler.example.is";
const serviceAccountEmail = "push@project.iam.gserviceaccount.com";
const ours = await generateKeyPair("RS256", { extractable: true });
const foreign = await generateKeyPair("RS256");
const jwks = { keys: [{ ...(await exportJWK(ours.publicKey)), kid: "k1", alg: "RS256", use: "sig" }] };
const now = () => Math.floor(Date.now() / 1000);

interface Token {
  readonly claims?: Record<string, unknown>;
  readonly audience?: string;
  readonly issuer?: string;
  readonly expiresAt?: number;
  readonly kid?: string;
  readonly key?: typeof ours.privateKey;
}

function sign({ claims = {}, kid = "k1", key = ours.privateKey, ...over }: Token = {}): Promise<string> {
  return new SignJWT({ email: serviceAccountEmail, email_verified: true, ...claims })
    .setProtectedHeader({ alg: "RS256", kid })
    .setIssuedAt(now() - 100)
    .setIssuer(over.issuer ?? "https://accounts.google.com")
    .setAudience(over.audience ?? audience)
    .setExpirationTime(over.expiresAt ?? now() + 600)
    .sign(key);
}

const verifier = (keys: JWTVerifyGetKey = createLocalJWKSet(jwks)) => oidcVerifier({ audience, serviceAccountEmail, keys });
const bearing = (token: string) => ({ authorization: `Bearer ${token}` });

describe("a push is taken", () => {
  test("with Google's token for us, and either form of the issuer", async () => {
    expect(await verifier()(bearing(await sign()))).toBe("ok");
    expect(await verifier()(bearing(await sign({ issuer: "accounts.google.com" })))).toBe("ok");
  });

  test("with a token that expired within the tolerance", async () => {
    expect(await verifier()(bearing(await sign({ expiresAt: now() - 50 })))).toBe("ok");
  });

  test("from anyone, where the emulator signs nothing", async () => expect(await noVerification()({})).toBe("ok"));
});

describe("a push is refused", () => {
  const withPublicKey = async () =>
    new SignJWT({ email: serviceAccountEmail, email_verified: true })
      .setProtectedHeader({ alg: "HS256", kid: "k1" })
      .setIssuedAt()
      .setIssuer("https://accounts.google.com")
      .setAudience(audience)
      .setExpirationTime("5m")
      .sign(new TextEncoder().encode(await exportSPKI(ours.publicKey)));
  const unsigned = async () =>
    new UnsecuredJWT({ email: serviceAccountEmail, email_verified: true })
      .setIssuedAt()
      .setIssuer("https://accounts.google.com")
      .setAudience(audience)
      .setExpirationTime("5m")
      .encode();
  const tampered = async () => {
    const [head, , signature] = (await sign()).split(".");
    return `${head}.${Buffer.from(JSON.stringify({ email: serviceAccountEmail, email_verified: true, aud: audience, iss: "accounts.google.com", iat: now(), exp: now() + 600 })).toString("base64url")}.${signature}`;
  };

  test.each<[string, number, () => Promise<string>]>([
    ["signed by nobody (alg none)", 401, unsigned],
    ["signed with the public key (HS256)", 401, withPublicKey],
    ["signed by a foreign key", 401, () => sign({ key: foreign.privateKey })],
    ["of a key that is not known", 401, () => sign({ kid: "k2" })],
    ["with another content than was signed", 401, tampered],
    ["for another audience", 401, () => sign({ audience: "https://other.example.is" })],
    ["of another issuer", 401, () => sign({ issuer: "https://evil.example" })],
    ["expired by 61 s", 401, () => sign({ expiresAt: now() - 61 })],
    ["of another account", 403, () => sign({ claims: { email: "other@project.iam.gserviceaccount.com" } })],
    ["whose e-mail is not verified", 403, () => sign({ claims: { email_verified: false } })],
    ["whose e-mail is verified in words", 403, () => sign({ claims: { email_verified: "true" } })],
    ["without an e-mail", 403, () => sign({ claims: { email: undefined } })],
    ["that is none", 401, async () => "x.y.z"],
  ])("with a token %s", async (_name, status, token) => {
    const given = await token();
    const verify = verifier();
    await verify(bearing(await sign())); // keys are imported once
    const took: number[] = [];
    let verdict: unknown;
    for (let round = 0; round < 3; round += 1) {
      const startedAt = performance.now();
      verdict = await verify(bearing(given));
      took.push(performance.now() - startedAt);
    }
    expect(Math.min(...took)).toBeLessThan(50);
    expect(verdict).toMatchObject({ status });
    expect(JSON.stringify(verdict)).not.toContain(given.slice(-20));
  });

  test.each([[{}], [{ authorization: "" }], [{ authorization: "Basic eDp5" }], [{ authorization: "Bearer" }]])(
    "without a token: %j",
    async (headers) => {
      expect(await verifier()(headers)).toEqual({ status: 401, reason: "no token" });
    },
  );
});

describe("the keys", () => {
  const servers: Server[] = [];
  afterEach(() => {
    vi.useRealTimers();
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  async function keyServer(status: () => number) {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.writeHead(status(), { "content-type": "application/json" }).end(JSON.stringify(jwks));
    }).listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    const address = server.address();
    return { keys: googleKeys(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/certs`), asked: () => asked };
  }

  test("are fetched once, however many unknown ids come", async () => {
    const { keys, asked } = await keyServer(() => 200);
    const verify = verifier(keys);
    expect(await verify(bearing(await sign()))).toBe("ok");
    const verdicts = await Promise.all(Array.from({ length: 100 }, async (_, index) => verify(bearing(await sign({ kid: `x${index}` })))));
    expect(verdicts.every((verdict) => verdict !== "ok" && verdict.status === 401)).toBe(true);
    expect(asked()).toBe(1);
  });

  test("that were had once serve on while their server is down", async () => {
    let status = 200;
    const { keys } = await keyServer(() => status);
    const verify = verifier(keys);
    await verify(bearing(await sign()));
    status = 500;
    expect(await verify(bearing(await sign()))).toBe("ok");
  });

  const later = (ms: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });

  test("that were had once serve on when they are old and their server is down", async () => {
    let status = 200;
    const { keys } = await keyServer(() => status);
    const verify = verifier(keys);
    await verify(bearing(await sign()));
    status = 500;
    later(7 * 3_600_000);
    expect(await verify(bearing(await sign()))).toBe("ok");
  });

  test("are asked for once a minute while their server is down, however many unknown ids come", async () => {
    let status = 200;
    const { keys, asked } = await keyServer(() => status);
    const verify = verifier(keys);
    await verify(bearing(await sign()));
    status = 500;
    later(61_000);
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, index) => sign({ kid: `x${index}` })));
    for (const token of tokens) expect(await verify(bearing(token))).toMatchObject({ status: 401 });
    expect(asked()).toBe(2);
    later(61_000);
    expect(await verify(bearing(await sign({ kid: "x20" })))).toMatchObject({ status: 401 });
    expect(asked()).toBe(3);
  });

  test("that were never had are asked for once a second at most while their server is down, and taken when it is up", async () => {
    let status = 500;
    const { keys, asked } = await keyServer(() => status);
    const verify = verifier(keys);
    for (let push = 0; push < 20; push += 1) {
      await expect(verify(bearing(await sign()))).rejects.toMatchObject({ disposition: "retry" });
    }
    expect(asked()).toBeLessThan(5);
    status = 200;
    later(1_001);
    expect(await verify(bearing(await sign()))).toBe("ok");
  });

  test("that cannot be had say nothing about the token: try again", async () => {
    const { keys } = await keyServer(() => 500);
    await expect(verifier(keys)(bearing(await sign()))).rejects.toMatchObject({ code: "peer_unavailable", disposition: "retry" });
    await expect(verifier(googleKeys("http://127.0.0.1:1/certs"))(bearing(await sign()))).rejects.toMatchObject({ disposition: "retry" });
  });
});
