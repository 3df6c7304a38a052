import type { Firestore } from "@google-cloud/firestore";
import { isFields, wrapMethod } from "./wrap-method.ts";

/** A call that got no answer in time. Its code is none of gRPC's, so that the client does not try again by itself. */
class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  readonly code = "ETIMEDOUT";
}

/**
 * Bounds each call of a client. The client's settings cannot: its retries (five times, or up to ten minutes for a
 * commit) begin anew after each deadline. So the three methods that all its calls go through are wrapped: the options
 * that stop the retries in the background, and the two calls themselves. A listener may stay open for as long as it likes.
 */
export function boundCalls(firestore: Firestore, deadlineMs: number): void {
  wrapMethod(firestore, "createCallOptions", (options, [method]) => (method === "listen" ? options : boundOptions(options, deadlineMs)));
  wrapMethod(firestore, "request", (call) => within(call, deadlineMs));
  wrapMethod(firestore, "requestStream", (call) => within(call, deadlineMs));
}

function boundOptions(options: unknown, deadlineMs: number): unknown {
  if (!isFields(options)) return options;
  const retry = isFields(options["retry"]) ? options["retry"] : undefined;
  const backoff = { initialRetryDelayMillis: 100, retryDelayMultiplier: 1.3, maxRetryDelayMillis: 1_000 };
  const bounds = {
    initialRpcTimeoutMillis: deadlineMs,
    rpcTimeoutMultiplier: 1,
    maxRpcTimeoutMillis: deadlineMs,
    totalTimeoutMillis: deadlineMs,
  };
  return {
    ...options,
    timeout: deadlineMs,
    // A stream that fails is asked for twice more, seconds apart, whatever the reason: a refusal would be told too late.
    // The client itself tries again what may pass.
    ...(retry === undefined
      ? { retryRequestOptions: { noResponseRetries: 0 } }
      : { retry: { ...retry, backoffSettings: { ...backoff, ...bounds } } }),
  };
}

async function within(call: unknown, deadlineMs: number): Promise<unknown> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new NoAnswer(`no answer within ${deadlineMs} ms`)), deadlineMs);
  try {
    return await Promise.race([call, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
