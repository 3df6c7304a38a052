import type { Parts } from "../parts.ts";
import type { StackBody } from "../real-stack.ts";
import type { Secrets } from "../secrets.ts";
import type { StackOptions } from "../stack-options.ts";

export function startEmbeddedStack(_options: StackOptions, _secrets: Secrets, _parts: Parts, _cleanup: AsyncDisposableStack): Promise<StackBody> {
  return Promise.reject(new Error("not yet"));
}
