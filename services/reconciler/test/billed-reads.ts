import type { Stores } from "../src/app/ports.ts";

/** Stores that count the documents which are read of hubs and control, as Firestore would bill them. */
export function billedReads(stores: Stores): { readonly stores: Stores; take(): number } {
  const { hubs, control } = stores;
  let reads = 0;
  /** A query that finds nothing is a read. */
  const billed = <T extends readonly unknown[]>(found: T): T => {
    reads += Math.max(1, found.length);
    return found;
  };
  return {
    /** How many there were since this was last asked. */
    take() {
      const taken = reads;
      reads = 0;
      return taken;
    },
    stores: {
      ...stores,
      hubs: {
        commit: (entries) => hubs.commit(entries),
        async load(memberRefs) {
          reads += memberRefs.length;
          return hubs.load(memberRefs);
        },
        async inFlightSince(before, cursor, limit) {
          const page = await hubs.inFlightSince(before, cursor, limit);
          billed(page.items);
          // That there is a next page is known by one document more.
          if (page.next !== null) reads += 1;
          return page;
        },
        waiting: async (after, limit) => billed(await hubs.waiting(after, limit)),
        due: async (after, limit) => billed(await hubs.due(after, limit)),
        async all(after, limit) {
          const page = await hubs.all(after, limit);
          billed(page.hubs);
          return page;
        },
      },
      control: {
        async read() {
          reads += 1;
          return control.read();
        },
        update: (change) => control.update(change),
      },
    },
  };
}
