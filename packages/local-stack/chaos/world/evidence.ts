import { readConflict, readHistory, readHub } from "@member-sync/reconciler/adapters/firestore/documents.ts";
import { toRecord } from "@member-sync/shared/member/field-map.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { Evidence, FinalMember, LedgerDeadLetter, Standing } from "@member-sync/simulation/ledger/evidence.ts";
import { fieldMapKeys } from "@member-sync/simulation/ledger/keys.ts";
import { z } from "zod";
import { isAliveDocument } from "../../e2e/world/portal-side.ts";
import type { World } from "../../e2e/world/world.ts";
import type { Workload } from "./workload.ts";

const letter = z.object({
  memberRef: z.string().nullable(),
  state: z.enum(["open", "replayed", "discarded"]),
  data: z.string(),
});

/** Everything that the real parts hold of the members that people edit, in no order but that of their names. */
export async function evidenceOf(world: World, { kennitalas, edits }: Pick<Workload, "kennitalas" | "edits">): Promise<Evidence> {
  const { firestore } = world.portal;
  const all = async <T>(collection: string, read: (fields: FirebaseFirestore.DocumentData) => T): Promise<readonly T[]> =>
    (await firestore.collection(collection).get()).docs.map((document) => read(document.data()));
  const [members, hubs, history, conflicts, deadLetters] = await Promise.all([
    membersOf(world, kennitalas),
    all("sync_members", readHub),
    all("sync_history", readHistory),
    all("sync_conflicts", readConflict),
    all("sync_dead_letters", (fields): LedgerDeadLetter => letter.parse(fields)),
  ]);
  const ours = new Set(members.map(({ memberRef }) => memberRef));
  const isOurs = ({ memberRef }: { readonly memberRef: string }) => ours.has(memberRef);
  return {
    edits,
    members,
    history: history.filter(isOurs),
    conflicts: conflicts.filter(isOurs),
    deadLetters,
    hubs: hubs.filter(isOurs),
    isWholeHistory: true,
    keyOf: fieldMapKeys(world.fieldMap),
  };
}

async function membersOf({ django, portal, fieldMap, stack }: World, kennitalas: readonly string[]): Promise<readonly FinalMember[]> {
  const [standings, documents] = await Promise.all([django.standings(), portal.documents()]);
  const nobody: Standing = { life: "missing", record: {} };
  return kennitalas.map((kennitala) => {
    const row = standings.get(kennitala);
    const document = documents.get(kennitala);
    return {
      memberRef: memberRefOf(stack.memberRefKey, kennitala),
      django: row === undefined ? nobody : { life: row.life, record: row.record },
      firestore:
        document === undefined ? nobody : { life: isAliveDocument(document) ? "alive" : "deleted", record: toRecord(fieldMap, document) },
    };
  });
}
