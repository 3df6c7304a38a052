import type { z } from "zod";

/** Names places and rules only: a zod message may quote a person's value, so it is not repeated. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.map(step).join(".") || "message"}: ${issue.code}`)
    .join("; ");
}

/** A key may be anything that somebody sent. */
function step(key: PropertyKey): string {
  const name = String(key);
  return typeof key === "number" || /^[A-Za-z_]\w{0,39}$/.test(name) ? name : "?";
}
