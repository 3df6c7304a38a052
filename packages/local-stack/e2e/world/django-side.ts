import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { chunksOf } from "@member-sync/shared/chunks.ts";
import { toRecord, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { Life, MemberRecord } from "@member-sync/shared/member/member-record.ts";
import { z } from "zod";
import type { StackAddresses } from "../../src/stack-file.ts";
import type { Person } from "./people.ts";

const run = promisify(execFile);

type Patch = { readonly [K in keyof Person]?: Person[K] extends object ? Partial<Person[K]> : Person[K] };

interface Standing {
  readonly record: MemberRecord;
  readonly life: Life;
  readonly revision: string;
  readonly djangoId: number | null;
}

/** Django as its staff use it, and a look behind the counter. */
export interface DjangoSide {
  create(kennitala: string, member: Person): Promise<void>;
  createAll(members: readonly { readonly kennitala: string; readonly member: Person }[]): Promise<void>;
  edit(kennitala: string, changes: Patch): Promise<void>;
  remove(kennitala: string): Promise<void>;
  /** The member as the project's own REST shows it; `undefined` when there is none. */
  shown(kennitala: string): Promise<z.infer<typeof shownMember> | undefined>;
  /** What the sync's own endpoint says; `undefined` when there is no row. */
  standing(kennitala: string): Promise<Standing | undefined>;
  /** All of them, by kennitala. */
  standings(): Promise<ReadonlyMap<string, Standing>>;
  /** A raw request below the mount, with the token unless another is given. */
  call(method: string, path: string, body?: unknown, token?: string | null): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Runs Python in the project (`Member`, `ContactInfo`, `Address`, `transaction`, `connection` are there); `edits` says how many edits it makes. */
  python(code: string, edits?: number): Promise<string>;
  /** Writes of the sync that Django has carried out. */
  syncWrites(): Promise<number>;
  /** Edits made here so far. */
  edits(): number;
}

const shownMember = z.object({
  id: z.number(),
  ssn: z.string(),
  name: z.string(),
  birthday: z.string().nullable(),
  gender: z.number().nullable(),
  is_active: z.boolean(),
  contact_info: z.object({ phone: z.string().nullable(), email: z.string().nullable(), facebook: z.string().nullable() }),
  address: z.object({ street: z.string().nullable(), postal_code: z.string().nullable(), city: z.string().nullable() }),
});

const standingAnswer = z.object({
  ssn: z.string(),
  django_id: z.number().nullable(),
  revision: z.union([z.number(), z.string()]),
  life: z.enum(["alive", "deleted", "missing"]),
  record: z.unknown(),
});
const page = z.object({ members: z.array(standingAnswer), next: z.string().nullable() });

const PRELUDE = [
  "from django.db import connection, transaction",
  "from django.utils import timezone",
  "from felagar.models import Address, ContactInfo, Member",
  "from member_sync.models import MemberSyncQueue, MemberSyncState, MemberSyncWrite",
  "",
].join("\n");
const BULK = 500;

export function djangoSide({ url, token, manage }: StackAddresses["django"], fieldMap: FieldMap): DjangoSide {
  let edits = 0;

  async function call(method: string, path: string, body?: unknown, as: string | null = token) {
    const response = await fetch(`${url}/${path}`, {
      method,
      headers: { ...(as === null ? {} : { authorization: `Token ${as}` }), "content-type": "application/json" },
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: parseJson(text) };
  }

  async function edit(method: string, path: string, count: number, body?: unknown): Promise<void> {
    edits += count;
    const answer = await call(method, path, body);
    if (answer.status >= 300) throw new Error(`Django answered ${answer.status} to ${method}: ${JSON.stringify(answer.body)}`);
  }

  const python = async (code: string, count = 0) => {
    edits += count;
    const [command = "", ...rest] = manage;
    // Since 5.2 the shell tells what it has imported, unless it is asked to be silent.
    const args = [...rest, "shell", "--verbosity", "0", "-c", PRELUDE + code];
    const { stdout } = await run(command, args, { timeout: 60_000, maxBuffer: 10_000_000 });
    return stdout.trim();
  };
  const toStanding = (answer: z.infer<typeof standingAnswer>): Standing => ({
    record: answer.life === "missing" ? {} : toRecord(fieldMap, answer.record),
    life: answer.life,
    revision: String(answer.revision),
    djangoId: answer.django_id,
  });

  return {
    create: (kennitala, member) => edit("POST", "api/members/", 1, { ssn: kennitala, ...member }),
    async createAll(members) {
      for (const group of chunksOf(members, BULK)) {
        await edit("POST", "api/members/bulk/", group.length, {
          members: group.map(({ kennitala, member }) => ({ ssn: kennitala, ...member })),
        });
      }
    },
    edit: (kennitala, changes) => edit("PATCH", `api/members/${kennitala}/`, 1, changes),
    remove: (kennitala) => edit("DELETE", `api/members/${kennitala}/`, 1),
    async shown(kennitala) {
      const { status, body } = await call("GET", `api/members/${kennitala}/`);
      return status === 404 ? undefined : shownMember.parse(body);
    },
    async standing(kennitala) {
      const { status, body } = await call("GET", `api/sync/member/${kennitala}/`);
      return status === 404 ? undefined : toStanding(standingAnswer.parse(body));
    },
    async standings() {
      const found = new Map<string, Standing>();
      let after: string | null = "";
      while (after !== null) {
        const { body } = await call("GET", `api/sync/members/?limit=500&after=${after}`);
        const answer: z.infer<typeof page> = page.parse(body);
        for (const member of answer.members) found.set(member.ssn, toStanding(member));
        after = answer.next;
      }
      return found;
    },
    call,
    python,
    syncWrites: async () => Number(await python("print(MemberSyncWrite.objects.filter(status='success').count())")),
    edits: () => edits,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
