import { createHmac } from "node:crypto";

/** What stands for a member wherever a kennitala may not: in logs, ids, attributes and URLs. */
export type MemberRef = string;

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const LENGTH = 20;

/** The member reference of a kennitala: the first 20 characters of base32(HMAC-SHA256(key, kennitala)), lower case. */
export function memberRefOf(key: string, kennitala: string): MemberRef {
  const digest = createHmac("sha256", key).update(kennitala).digest();
  let bits = 0n;
  for (const byte of digest) bits = (bits << 8n) | BigInt(byte);
  let shift = BigInt(digest.length * 8);
  let reference = "";
  while (reference.length < LENGTH) {
    shift -= 5n;
    reference += ALPHABET.charAt(Number((bits >> shift) & 31n));
  }
  return reference;
}
