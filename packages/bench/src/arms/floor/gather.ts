/** Collects items, and gives them on when there are `most` of them or when none has come for `idleMs`. */
export interface Gather<T> {
  add(item: T): void;
}

export function createGather<T>(most: number, idleMs: number, send: (items: readonly T[]) => void): Gather<T> {
  let items: T[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (items.length > 0) send(items.splice(0));
  };
  return {
    add(item) {
      items.push(item);
      if (items.length >= most) flush();
      else timer = timer?.refresh() ?? setTimeout(flush, idleMs);
    },
  };
}
