/** Values by dotted path as nested maps: what a create takes, where an update takes the paths. */
export function nested(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const groups = Map.groupBy(Object.entries(values), ([path]) => path.split(".")[0] ?? path);
  return Object.fromEntries(
    [...groups].map(([field, entries]) => {
      const [first] = entries;
      const isLeaf = first !== undefined && first[0] === field;
      const inner = entries.map(([path, value]) => [path.slice(field.length + 1), value] as const);
      return [field, isLeaf ? first[1] : nested(Object.fromEntries(inner))];
    }),
  );
}
