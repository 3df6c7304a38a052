import { z } from "zod";

const shape = z.record(z.string(), z.record(z.string(), z.unknown()));

/** A document without what the sync keeps of its own in it. */
export function withoutOurs(document: unknown): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const { metadata: _, ...rest } = shape.parse(document);
  return rest;
}
