import { Agent, request } from "node:http";
import { z } from "zod";

const row = z.object({
  id: z.number(),
  ssn: z.string(),
  action: z.string(),
  fields_changed: z.record(z.string(), z.unknown()),
  created_at: z.string(),
  revision: z.number(),
  record: z.record(z.string(), z.unknown()).nullable(),
  actor: z.string().nullable(),
  django_id: z.number().nullable(),
});
export type OutboxRow = z.infer<typeof row>;
const page = z.object({ changes: z.array(row), next: z.number().nullable() });
const results = z.object({
  results: z.array(
    z.object({
      ssn: z.string().nullable(),
      status: z.string(),
      revision: z.number().nullable(),
      record: z.record(z.string(), z.unknown()).nullable(),
    }),
  ),
});
export type ApplyResult = z.infer<typeof results>["results"][number];

/** A change in the seed's own shape. */
export interface SeedChange {
  readonly kennitala: string;
  readonly django_id: number | null;
  readonly action: "update";
  readonly changes: Readonly<Record<string, unknown>>;
}

/** The endpoints of Django, for the arms that are not member-sync. Throws for any answer but a 200. */
export interface DjangoClient {
  pending(after: number, limit: number, since?: string): Promise<z.infer<typeof page>>;
  apply(changes: readonly SeedChange[]): Promise<readonly ApplyResult[]>;
  markSynced(ids: readonly number[]): Promise<void>;
}

export function djangoClient(url: string, token: string): DjangoClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const call = (method: string, path: string, body?: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? "" : JSON.stringify(body);
      const headers = {
        authorization: `Token ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
      };
      const sent = request(`${url}/api/sync/${path}`, { agent, method, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          if (answer.statusCode === 200) resolve(JSON.parse(Buffer.concat(chunks).toString("utf8")));
          else reject(new Error(`Django answered ${answer.statusCode}`));
        });
      });
      sent.on("error", reject);
      sent.end(text);
    });
  return {
    async pending(after, limit, since) {
      const query = new URLSearchParams({ after: String(after), limit: String(limit), ...(since === undefined ? {} : { since }) });
      return page.parse(await call("GET", `changes/?${query.toString()}`));
    },
    async apply(changes) {
      return results.parse(await call("POST", "apply/", { changes })).results;
    },
    async markSynced(ids) {
      await call("POST", "mark-synced/", { sync_ids: ids });
    },
  };
}
