import { z } from "zod";
import type { StackAddresses } from "./stack-file.ts";

const reference = z.object({ memberRef: z.string() });
const member = z.object({ inSync: z.boolean() });

/** Whether the reconciler knows the member as equal on both sides, with no command of it in flight. */
export async function isInSync({ url, token }: StackAddresses["reconciler"], kennitala: string): Promise<boolean> {
  const call = async (path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}/api/${path}`, {
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(8_000),
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    return response.ok ? answer : undefined;
  };
  const found = reference.safeParse(await call("members/lookup", { kennitala }));
  if (!found.success) return false;
  const view = member.safeParse(await call(`members/${found.data.memberRef}`));
  return view.success && view.data.inSync;
}
