import type { IncomingHttpHeaders } from "node:http";
import { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { SyncError } from "../errors/sync-error.ts";

export type PushVerdict = "ok" | { readonly status: 401 | 403; readonly reason: string };

/** Says whether a push comes from our broker. Rejects with a `retry` SyncError when that cannot be told now. */
export type PushVerifier = (headers: IncomingHttpHeaders) => Promise<PushVerdict>;

/** How pushes prove that they come from our broker. */
export type PushAuth =
  | { readonly kind: "none" }
  | { readonly kind: "oidc"; readonly audience: string; readonly serviceAccountEmail: string };

/** The verifier that a configuration asks for. */
export function verifierOf(auth: PushAuth): PushVerifier {
  return auth.kind === "none" ? noVerification() : oidcVerifier({ ...auth, keys: googleKeys() });
}

export interface OidcOptions {
  readonly audience: string;
  readonly serviceAccountEmail: string;
  readonly keys: JWTVerifyGetKey;
}

const ISSUERS = ["https://accounts.google.com", "accounts.google.com"];
const CLOCK_TOLERANCE_SECONDS = 60;

const claims = z.object({ email: z.string(), email_verified: z.literal(true), exp: z.number() });

/** Takes every push: for the local stack, whose emulator signs none. */
export function noVerification(): PushVerifier {
  return async () => "ok";
}

/** Pause between two fetches of the keys while their server is down: with older keys at hand, and with none. */
const REFETCH_MS = 60_000;
const FIRST_FETCH_MS = 1_000;

/**
 * Google's keys, kept for hours and fetched again at most once a minute, however many unknown key ids are thrown at us.
 * While their server is down, those that were had serve on; where none were had, each second one fetch is tried.
 */
export function googleKeys(url = "https://www.googleapis.com/oauth2/v3/certs"): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(url), { cooldownDuration: REFETCH_MS, cacheMaxAge: 6 * 3_600_000, timeoutDuration: 3_000 });
  let failure: { readonly at: number; readonly error: unknown; readonly kept: JWTVerifyGetKey | undefined } | undefined;
  return async (header, token) => {
    if (failure === undefined || Math.abs(Date.now() - failure.at) >= (failure.kept === undefined ? FIRST_FETCH_MS : REFETCH_MS)) {
      try {
        return await remote(header, token);
      } catch (error) {
        if (!isKeyTrouble(error)) throw error;
        const had = remote.jwks();
        failure = { at: Date.now(), error, kept: had === undefined ? undefined : createLocalJWKSet(had) };
      }
    }
    if (failure.kept === undefined) throw failure.error;
    return await failure.kept(header, token);
  };
}

/** Takes pushes whose RS256 token Google signed for this audience and service account. The token is never logged. */
export function oidcVerifier({ audience, serviceAccountEmail, keys }: OidcOptions): PushVerifier {
  return async ({ authorization }) => {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) return refused(401, "no token");
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ["RS256"],
        issuer: ISSUERS,
        audience,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ["exp", "iat"],
      });
      const told = claims.safeParse(payload);
      if (!told.success) return refused(403, "the token's e-mail is not verified");
      return told.data.email === serviceAccountEmail ? "ok" : refused(403, "the token is another account's");
    } catch (error) {
      return verdictOn(error);
    }
  };
}

function verdictOn(error: unknown): PushVerdict {
  if (error instanceof errors.JWTExpired) return refused(401, "the token has expired");
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused(401, `the token's ${/^\w+$/.exec(error.claim)?.[0] ?? "claim"} is wrong`);
  if (isKeyTrouble(error)) throw new SyncError("peer_unavailable", { peer: "token keys" }, { cause: error });
  return refused(401, "the token is not valid");
}

/** The keys could not be had: that says nothing about the token. */
function isKeyTrouble(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return ["ERR_JOSE_GENERIC", "ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID"].includes(error.code);
}

function refused(status: 401 | 403, reason: string): PushVerdict {
  return { status, reason };
}
