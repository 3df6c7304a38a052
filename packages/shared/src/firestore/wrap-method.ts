import type { Firestore } from "@google-cloud/firestore";

/** Puts `around` between a client's method and its callers: it is given what the method returned and what it was called with. */
export function wrapMethod(firestore: Firestore, method: string, around: (result: unknown, args: readonly unknown[]) => unknown): void {
  const original: unknown = Reflect.get(firestore, method);
  if (typeof original !== "function") throw new TypeError(`this Firestore client has no method ${method}`);
  Reflect.defineProperty(firestore, method, {
    configurable: true,
    value: (...args: readonly unknown[]) => around(Reflect.apply(original, firestore, args), args),
  });
}

export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
