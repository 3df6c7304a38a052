const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The text of a message's bytes. Bytes that are no UTF-8 come as `base64:…`, which is no JSON: so the message is
 * dead-lettered with its own bytes, and nothing of it is replaced in silence.
 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return `base64:${Buffer.from(bytes).toString("base64")}`;
  }
}
