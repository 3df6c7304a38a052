import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** An authority of the test's own. */
export interface Authority extends Disposable {
  /** What a service must be given to trust it. */
  readonly caFile: string;
  /** Signs for a name; `days` below zero makes one that has expired. */
  sign(name: string, days: number): Certificate;
}

export function createAuthority(): Authority {
  const home = mkdtempSync(join(tmpdir(), "member-sync-authority-"));
  const at = (file: string) => join(home, file);
  const openssl = (...args: readonly string[]) => execFileSync("openssl", [...args], { stdio: "ignore" });
  const newKey = ["-newkey", "rsa:2048", "-nodes"];
  openssl("req", "-x509", ...newKey, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-subj", "/CN=authority of a test", "-days", "2");
  return {
    caFile: at("ca.pem"),
    sign(name, days) {
      const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
      openssl("req", ...newKey, "-keyout", at("own.key"), "-out", at("own.csr"), ...subject);
      const by = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-copy_extensions", "copy"];
      openssl("x509", "-req", "-in", at("own.csr"), ...by, "-days", String(days), "-out", at("own.pem"));
      return { key: readFileSync(at("own.key")), cert: readFileSync(at("own.pem")) };
    },
    [Symbol.dispose]: () => rmSync(home, { recursive: true }),
  };
}
