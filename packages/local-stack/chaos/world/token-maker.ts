import { createHmac, createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";

export const AUDIENCE = "https://reconciler.example.is";
export const PUSHER = "push@example.iam.gserviceaccount.com";

export interface TokenParts {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Instead of a signature by the key that the key server shows. */
  readonly sign?: (text: string) => string;
}

/** Makes tokens as Google makes them for a push, with keys of its own, and serves those keys. */
export interface TokenMaker extends AsyncDisposable {
  readonly keysUrl: string;
  token(parts?: TokenParts): string;
  /** For who takes the public key for a secret. */
  readonly publicPem: string;
  readonly foreign: (text: string) => string;
  /** How the key server answers. */
  answer: (response: ServerResponse) => void;
  /** How often it was asked. */
  asked(): number;
}

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const rs256 = (key: KeyObject) => (text: string) => createSign("RSA-SHA256").update(text).sign(key).toString("base64url");

/** A signature by which the public key was mistaken for a shared secret. */
export const hs256 = (secret: string) => (text: string) => createHmac("sha256", secret).update(text).digest("base64url");

export async function startTokenMaker(): Promise<TokenMaker> {
  const ours = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const foreign = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const keys = JSON.stringify({ keys: [{ ...ours.publicKey.export({ format: "jwk" }), kid: "k1", alg: "RS256", use: "sig" }] });
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    maker.answer(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const maker: TokenMaker = {
    keysUrl: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/certs`,
    token({ header = {}, claims = {}, sign = rs256(ours.privateKey) } = {}) {
      const now = Math.floor(Date.now() / 1_000);
      const whole = {
        iss: "https://accounts.google.com",
        aud: AUDIENCE,
        iat: now - 100,
        exp: now + 600,
        email: PUSHER,
        email_verified: true,
      };
      const text = `${base64({ alg: "RS256", typ: "JWT", kid: "k1", ...header })}.${base64({ ...whole, ...claims })}`;
      return `${text}.${sign(text)}`;
    },
    publicPem: ours.publicKey.export({ format: "pem", type: "spki" }).toString(),
    foreign: rs256(foreign.privateKey),
    answer: (response) => void response.writeHead(200, { "content-type": "application/json" }).end(keys),
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  return maker;
}
