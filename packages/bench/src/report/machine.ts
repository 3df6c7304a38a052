import { availableParallelism, cpus, totalmem } from "node:os";

/** When and on what a run was made, in one line. */
export function machine(startedAt: string): string {
  const model = cpus()[0]?.model.trim() || "unnamed processor";
  const gibibytes = Math.round(totalmem() / 1024 ** 3);
  return `${startedAt.slice(0, 10)}, ${availableParallelism()} × ${model}, ${gibibytes} GiB, Node ${process.versions.node}`;
}
