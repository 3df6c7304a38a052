import { createHmac } from "node:crypto";

/** What stands for a member wherever a kennitala may not: in logs, ids, attributes and URLs. */
export type MemberRef = string;

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const LENGTH = 20;

/** References asked for lately: a change asks for one, and so does the answer to its command. About 2 MB when full. */
const lately = new Map<string, MemberRef>();
const MOST_KEPT = 10_000;

/** The member reference of a kennitala: the first 20 characters of base32(HMAC-SHA256(key, kennitala)), lower case. */
export function memberRefOf(key: string, kennitala: string): MemberRef {
  const asked = `${kennitala}\n${key}`;
  const known = lately.get(asked);
  if (known !== undefined) return known;
  if (lately.size >= MOST_KEPT) lately.clear();
  const reference = compute(key, kennitala);
  lately.set(asked, reference);
  return reference;
}

function compute(key: string, kennitala: string): MemberRef {
  const digest = createHmac("sha256", key).update(kennitala).digest();
  let reference = "";
  let bits = 0;
  let held = 0;
  for (const byte of digest) {
    bits = ((bits << 8) | byte) & 0xfff;
    held += 8;
    while (held >= 5 && reference.length < LENGTH) {
      held -= 5;
      reference += ALPHABET.charAt((bits >> held) & 31);
    }
  }
  return reference;
}
