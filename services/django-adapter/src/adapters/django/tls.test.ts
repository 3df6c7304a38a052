import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createHttpDjango } from "./http-django.ts";

const hasOpenssl = spawnSync("openssl", ["version"], { stdio: "ignore" }).status === 0;
if (!hasOpenssl) process.stderr.write("not run, a certificate that cannot be trusted: there is no openssl to make one\n");

function untrustedCertificate() {
  const directory = mkdtempSync(join(tmpdir(), "member-sync-tls-"));
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-days", "1"];
  try {
    execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, ...subject], {
      stdio: "ignore",
    });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test.runIf(hasOpenssl)("a certificate that cannot be trusted: the token is not sent, and the circuit opens", async () => {
  let requests = 0;
  const server = createServer(untrustedCertificate(), () => (requests += 1)).listen(0, "localhost");
  await once(server, "listening");
  try {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const states: boolean[] = [];
    const django = createHttpDjango({
      url: `https://localhost:${port}/felagar`,
      token: () => "secret",
      onCircuit: (isOpen) => states.push(isOpen),
    });
    for (let call = 0; call < 5; call += 1) {
      await expect(django.status()).rejects.toMatchObject({
        code: "django_unavailable",
        details: { reason: expect.stringMatching(/CERT/) },
      });
    }
    expect([requests, states]).toEqual([0, [true]]);
  } finally {
    server.close();
  }
});
