import { z } from "zod";
import type { StackAddresses } from "./stack-file.ts";

const reference = z.object({ memberRef: z.string() });
const member = z.object({ inSync: z.boolean() });
const status = z.object({ paused: z.boolean(), direction: z.string() });

/** The reason why at least one side gets no commands: the sync is paused, or a direction is closed. `undefined` when both are open. */
export async function whatIsClosed(reconciler: StackAddresses["reconciler"]): Promise<string | undefined> {
  const { paused, direction } = status.parse(await call(reconciler, "status"));
  if (paused) return "the sync is paused";
  return direction === "both" ? undefined : `the direction of the sync is "${direction}"`;
}

/** Whether the reconciler knows the member as equal on both sides, with no command of it in flight. */
export async function isInSync(reconciler: StackAddresses["reconciler"], kennitala: string): Promise<boolean> {
  const found = reference.safeParse(await call(reconciler, "members/lookup", { kennitala }));
  if (!found.success) return false;
  const view = member.safeParse(await call(reconciler, `members/${found.data.memberRef}`));
  return view.success && view.data.inSync;
}

/** `undefined` for an answer that is an error. */
async function call({ url, token }: StackAddresses["reconciler"], path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${url}/api/${path}`, {
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    signal: AbortSignal.timeout(8_000),
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  return response.ok ? answer : undefined;
}
