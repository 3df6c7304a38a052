import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { Writer } from "./ports.ts";

const MAX_OPAQUE = 128;

/** Who edited, as an opaque id: a login id that tells who the person is (e-mail, phone, kennitala) is hashed. */
export function actorOf(writer: Writer, key: string): string | null {
  const id = writer.authId?.trim() ?? "";
  if (id === "") return writer.authType?.trim().slice(0, MAX_OPAQUE) || null;
  return isOpaque(id) ? id : `hashed:${memberRefOf(key, id)}`;
}

function isOpaque(id: string): boolean {
  const telling = [/@|%40/i, /\d{6}-?\d{4}/, /^\+?[\d-]{7,}$/];
  return id.length <= MAX_OPAQUE && /^[\x21-\x7e]+$/.test(id) && !telling.some((shape) => shape.test(id));
}
