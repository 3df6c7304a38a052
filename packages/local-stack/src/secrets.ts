import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";

const secrets = z.object({
  memberRefKey: z.string().min(16),
  djangoToken: z.string().min(16),
  djangoSecretKey: z.string().min(16),
  webhookSecret: z.string().startsWith("whsec_"),
  adapterToken: z.string().min(16),
  apiToken: z.string().min(16),
  adminPassword: z.string().min(8),
});

/** What the parts of one stack know each other by. Good for one machine only. */
export type Secrets = z.infer<typeof secrets>;

/** The secrets of a former start when there was one (kept state is keyed by them), else new ones, stored for the next. */
export function keepSecrets(file: string): Secrets {
  try {
    return secrets.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    const made = newSecrets();
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
    return made;
  }
}

function newSecrets(): Secrets {
  const token = () => randomBytes(24).toString("base64url");
  return {
    memberRefKey: token(),
    djangoToken: token(),
    djangoSecretKey: token(),
    webhookSecret: `whsec_${randomBytes(24).toString("base64")}`,
    adapterToken: token(),
    apiToken: token(),
    adminPassword: randomBytes(9).toString("base64url"),
  };
}
