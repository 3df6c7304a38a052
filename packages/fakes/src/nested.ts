/** A record as dotted paths, which is how both sides' code names what it writes. */
export type Paths = Readonly<Record<string, unknown>>;

/** The nested form of it. */
export function nested(paths: Paths): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(paths)) {
    const steps = path.split(".");
    const last = steps.pop() ?? path;
    let at = root;
    for (const step of steps) at = mapAt(at, step);
    at[last] = value;
  }
  return root;
}

/** The dotted form of a record: each value that is no map, by its path. */
export function dotted(map: Readonly<Record<string, unknown>>, prefix = ""): Paths {
  const paths: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(map)) {
    if (isMap(value)) Object.assign(paths, dotted(value, `${prefix}${field}.`));
    else paths[`${prefix}${field}`] = value;
  }
  return paths;
}

function mapAt(map: Record<string, unknown>, step: string): Record<string, unknown> {
  const known = map[step];
  if (isMap(known)) return known;
  const fresh: Record<string, unknown> = {};
  map[step] = fresh;
  return fresh;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof Date);
}
