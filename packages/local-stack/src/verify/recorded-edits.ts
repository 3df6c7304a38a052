import { readFileSync } from "node:fs";
import { groupValue, memberRecord } from "@member-sync/shared/member/member-record.ts";
import type { RecordedEdit } from "@member-sync/simulation/ledger/recorded-edit.ts";
import { z } from "zod";

const line = z.object({
  id: z.string(),
  side: z.enum(["django", "firestore"]),
  memberRef: z.string(),
  group: z.string(),
  value: groupValue,
  saw: groupValue.optional(),
  looked: groupValue.optional(),
  sawRecord: memberRecord.optional(),
  at: z.number(),
  answeredAt: z.number().optional(),
  unsure: z.boolean().optional(),
});

/** Reads edits that were written down as they were made, one JSON object a line. A bad line is named by its number. */
export function readEdits(file: string): readonly RecordedEdit[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.flatMap((text, at) => {
    if (text.trim() === "") return [];
    const parsed = line.safeParse(jsonOf(text));
    if (!parsed.success) throw new Error(`line ${at + 1} of the edits is no edit: ${parsed.error.issues[0]?.path.join(".") ?? ""}`);
    const { saw, looked, sawRecord, answeredAt, unsure, ...rest } = parsed.data;
    return {
      ...rest,
      ...(saw !== undefined && { saw }),
      ...(looked !== undefined && { looked }),
      ...(sawRecord !== undefined && { sawRecord }),
      ...(answeredAt !== undefined && { answeredAt }),
      ...(unsure !== undefined && { unsure }),
    };
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
