import { z } from "zod";
import { chunksOf } from "@member-sync/shared/chunks.ts";
import type { SampleMember } from "./sample-members.ts";

/** Edits members in Django by the example project's REST endpoint, as staff would. */
export interface DjangoMembers {
  /** `undefined` when there is no such member. */
  phoneOf(kennitala: string): Promise<string | null | undefined>;
  setPhone(kennitala: string, phone: string): Promise<void>;
  createAll(members: readonly SampleMember[]): Promise<void>;
  /** Kennitölur of the first members, at most `limit`. */
  first(limit: number): Promise<readonly string[]>;
}

const member = z.object({ contact_info: z.object({ phone: z.string().nullish() }).nullish() });
const list = z.object({ members: z.array(z.object({ ssn: z.string() })) });
const BULK = 500;

export function djangoMembers(url: string, token: string): DjangoMembers {
  const base = `${url}/api/members`;
  const headers = { authorization: `Token ${token}`, "content-type": "application/json" };
  const call = async (method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly answer: unknown }> => {
    const response = await fetch(`${base}/${path}`, {
      method,
      headers,
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 400 && response.status !== 404) throw new Error(`Django answered ${response.status}: ${text.slice(0, 200)}`);
    return { status: response.status, answer: text === "" ? null : JSON.parse(text) };
  };
  return {
    async phoneOf(kennitala) {
      const { status, answer } = await call("GET", `${kennitala}/`);
      return status === 404 ? undefined : (member.parse(answer).contact_info?.phone ?? null);
    },
    async setPhone(kennitala, phone) {
      const { status } = await call("PATCH", `${kennitala}/`, { contact_info: { phone } });
      if (status === 404) throw new Error("Django does not know the member to edit");
    },
    async createAll(members) {
      for (const group of chunksOf(members, BULK)) await call("POST", "bulk/", { members: group });
    },
    async first(limit) {
      const { answer } = await call("GET", `?limit=${limit}`);
      return list.parse(answer).members.map(({ ssn }) => ssn);
    },
  };
}
