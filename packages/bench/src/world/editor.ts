import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { SampleMember } from "@member-sync/local-stack/sample-members.ts";
import { chunksOf } from "@member-sync/shared/chunks.ts";
import { z } from "zod";
import type { Edit } from "./edits.ts";

const PROGRAM = readFileSync(new URL("./editor.py", import.meta.url), "utf8");
const CREATE_AT_ONCE = 5_000;

const created = z.object({ ids: z.array(z.number()) });
const committed = z.object({ committedAt: z.number() });
const marked = z.object({ marked: z.number() });

/** A Python process that edits by Django's ORM as a program of the host would; its commits nudge as any commit does. */
export interface Editor extends AsyncDisposable {
  /** Creates members, and gives their ids in order. */
  create(members: readonly SampleMember[]): Promise<readonly number[]>;
  /** Changes every phone in one transaction; gives the moment of its commit (epoch ms). */
  edit(edits: readonly Edit[]): Promise<number>;
  /** Marks all that waits in the outbox as synced; gives how many rows that were. */
  markOutbox(): Promise<number>;
}

export async function startEditor(manage: readonly string[]): Promise<Editor> {
  const [command = "", ...args] = manage;
  const child = spawn(command, [...args, "shell", "-c", PROGRAM], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("the editing process ended");
    return JSON.parse(value);
  };
  const ask = async <T>(schema: z.ZodType<T>, what: object): Promise<T> => {
    child.stdin.write(`${JSON.stringify(what)}\n`);
    return schema.parse(await answer());
  };
  await answer();
  return {
    async create(members) {
      const ids: number[] = [];
      for (const group of chunksOf(members, CREATE_AT_ONCE)) {
        ids.push(...(await ask(created, { do: "create", members: group })).ids);
      }
      return ids;
    },
    async edit(edits) {
      const phones = edits.map(({ kennitala, phone }) => [kennitala, phone]);
      return (await ask(committed, { do: "edit", phones })).committedAt;
    },
    async markOutbox() {
      return (await ask(marked, { do: "mark" })).marked;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
