import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Firestore } from "@google-cloud/firestore";
import { chunksOf } from "@member-sync/shared/chunks.ts";
import type { StackAddresses } from "../stack-file.ts";

const run = promisify(execFile);
const BATCH = 500;

/** New values for one member: one group on each side, so that nothing is in conflict. */
export interface BurstEdit {
  readonly kennitala: string;
  readonly phone: string;
  readonly email: string;
}

export function burstEdits(kennitalas: readonly string[]): readonly BurstEdit[] {
  return kennitalas.map((kennitala, index) => ({
    kennitala,
    phone: String(6_000_000 + index),
    email: `burst${index}@example.is`,
  }));
}

/** Changes every phone in Django in one transaction, by the ORM's `update()`; answers when it was committed (epoch ms). */
export async function editInDjango({ manage }: StackAddresses["django"], edits: readonly BurstEdit[]): Promise<number> {
  if (manage === null) throw new Error("the burst needs a real Django: the embedded stand-in has no manage.py");
  const [command = "", ...args] = manage;
  const phones = JSON.stringify(edits.map(({ kennitala, phone }) => [kennitala, phone]));
  const program = [
    "import time",
    "from django.db import transaction",
    "from felagar.models import ContactInfo",
    "with transaction.atomic():",
    `    for ssn, phone in ${phones}: ContactInfo.objects.filter(member__ssn=ssn).update(phone=phone)`,
    "print('committed', time.time())",
  ].join("\n");
  const { stdout } = await run(command, [...args, "shell", "-c", program], { maxBuffer: 1e7 });
  const committed = /committed ([\d.]+)/.exec(stdout)?.[1];
  if (committed === undefined) throw new Error("Django did not say when the burst was committed");
  return Number(committed) * 1000;
}

/** Changes every e-mail in Firestore as the portal would, in grouped writes; answers when the last was committed (epoch ms). */
export async function editInFirestore(firestore: Firestore, edits: readonly BurstEdit[]): Promise<number> {
  for (const group of chunksOf(edits, BATCH)) {
    const batch = firestore.batch();
    for (const { kennitala, email } of group) {
      batch.update(firestore.collection("members").doc(kennitala), { "profile.email": email });
    }
    await batch.commit();
  }
  return Date.now();
}
