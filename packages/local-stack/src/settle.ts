/** Waits for all, also when one fails: only then is everything that was started known, and can be taken down. */
export async function settleAll<const T extends readonly unknown[]>(work: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
