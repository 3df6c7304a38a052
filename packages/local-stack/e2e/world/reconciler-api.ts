import { z } from "zod";
import {
  conflictShape,
  deadLetterShape,
  historyShape,
  memberShape,
  runShape,
  statusShape,
  type ConflictView,
  type DeadLetterView,
  type HistoryView,
  type MemberView,
  type RunView,
  type StatusView,
} from "./api-shapes.ts";

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The reconciler's API as a person or a program uses it. */
export interface ReconcilerApi {
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  refOf(kennitala: string): Promise<string>;
  /** `undefined` while it has never heard of the member. */
  member(kennitala: string): Promise<MemberView | undefined>;
  /** History records of a member, newest first. */
  timeline(kennitala: string): Promise<readonly HistoryView[]>;
  /** Their entries, newest first. */
  entries(kennitala: string): Promise<readonly HistoryView["entries"][number][]>;
  conflicts(state?: string, kennitala?: string): Promise<readonly ConflictView[]>;
  resolve(
    conflict: Pick<ConflictView, "id" | "expected">,
    decision: { readonly choice: string; readonly value?: unknown },
  ): Promise<Answer>;
  deadLetters(state?: string): Promise<readonly DeadLetterView[]>;
  status(): Promise<StatusView>;
  runs(): Promise<readonly RunView[]>;
  flush(): Promise<Answer>;
  control(change: { readonly paused?: boolean; readonly direction?: string }): Promise<void>;
  /** Decisions made here so far. */
  decisions(): number;
}

const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() });

export function reconcilerApi({ url, token }: { readonly url: string; readonly token: string }): ReconcilerApi {
  const refs = new Map<string, string>();
  let decisions = 0;

  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = { authorization: `Bearer ${token}` },
  ) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      signal: AbortSignal.timeout(180_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : parseJson(text) };
  }

  async function read<T extends z.ZodType>(schema: T, method: string, path: string, body?: unknown): Promise<z.infer<T>> {
    const answer = await call(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path.split("?")[0] ?? ""} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return schema.parse(answer.body);
  }

  async function all<T extends z.ZodType>(item: T, path: string): Promise<readonly z.infer<T>[]> {
    const found: z.infer<T>[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: { items: z.infer<T>[]; next: string | null } = await read(
        listOf(item),
        "GET",
        `${path}${path.includes("?") ? "&" : "?"}limit=200${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      found.push(...page.items);
      cursor = page.next;
    }
    return found;
  }

  async function refOf(kennitala: string): Promise<string> {
    const known = refs.get(kennitala);
    if (known !== undefined) return known;
    const { memberRef } = await read(z.object({ memberRef: z.string() }), "POST", "/api/members/lookup", { kennitala });
    refs.set(kennitala, memberRef);
    return memberRef;
  }

  const timeline = async (kennitala: string) => all(historyShape, `/api/members/${await refOf(kennitala)}/timeline`);
  return {
    call,
    refOf,
    async member(kennitala) {
      const answer = await call("GET", `/api/members/${await refOf(kennitala)}`);
      return answer.status === 404 ? undefined : memberShape.parse(answer.body);
    },
    timeline,
    entries: async (kennitala) => (await timeline(kennitala)).flatMap(({ entries }) => entries),
    async conflicts(state = "open", kennitala) {
      const filter = kennitala === undefined ? "" : `&memberRef=${await refOf(kennitala)}`;
      return all(conflictShape, `/api/conflicts?state=${state}${filter}`);
    },
    async resolve({ id, expected }, decision) {
      const answer = await call("POST", `/api/conflicts/${encodeURIComponent(id)}/resolve`, { ...decision, expected });
      if (answer.status === 200) decisions += 1;
      return answer;
    },
    deadLetters: (state = "open") => all(deadLetterShape, `/api/dead-letters?state=${state}`),
    status: () => read(statusShape, "GET", "/api/status"),
    runs: () => all(runShape, "/api/runs"),
    flush: () => call("POST", "/api/flush"),
    async control(change) {
      await read(z.unknown(), "POST", "/api/control", change);
    },
    decisions: () => decisions,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
