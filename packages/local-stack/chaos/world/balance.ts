import { readConflict, readHistory, readHub } from "@member-sync/reconciler/adapters/firestore/documents.ts";
import { toRecord } from "@member-sync/shared/member/field-map.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import { checkLedger } from "@member-sync/simulation/ledger/check-ledger.ts";
import type { Evidence, FinalMember, LedgerDeadLetter, Standing } from "@member-sync/simulation/ledger/evidence.ts";
import { fieldMapKeys } from "@member-sync/simulation/ledger/keys.ts";
import { balanceLine, type Ledger } from "@member-sync/simulation/ledger/ledger.ts";
import { z } from "zod";
import { eventually } from "../../e2e/world/eventually.ts";
import { isAliveDocument } from "../../e2e/world/portal-side.ts";
import type { World } from "../../e2e/world/world.ts";
import type { Workload } from "./workload.ts";

const outbox = z.object({ pending: z.number() });
const letter = z.object({
  memberRef: z.string().nullable(),
  state: z.enum(["open", "replayed", "discarded"]),
  data: z.string(),
});
const SHOWN = 20;

/**
 * What must hold when people stop and faults have ended: the system comes to rest, and every edit that anybody made is
 * accounted for. Throws with the ledger and the first edits that are not.
 */
export async function expectBalanced(
  world: World,
  workload: Workload,
  { withinMs = 90_000 }: { readonly withinMs?: number } = {},
): Promise<Ledger> {
  await workload.stop();
  let last: Evidence | undefined;
  let ledger: Ledger | undefined;
  try {
    return await eventually({ what: "the system at rest, with every edit accounted for", withinMs, everyMs: 300 }, async () => {
      await expectNothingUnderWay(world);
      const before = last;
      last = await evidenceOf(world, workload);
      ledger = checkLedger(last);
      if (JSON.stringify(before) !== JSON.stringify(last)) throw new Error("something still moves");
      if (!ledger.isBalanced) throw new Error(describe(ledger));
      return ledger;
    });
  } catch (error) {
    const found = ledger === undefined ? "nothing could be read" : describe(ledger);
    throw new Error(`seed ${workload.seed}: the ledger does not balance\n${found}`, { cause: error });
  }
}

async function expectNothingUnderWay({ stack, api, django }: World): Promise<void> {
  if (stack.pendingEvents() !== 0) throw new Error("events of documents are under way");
  const { backlog } = await api.status();
  if (backlog === undefined || backlog.inFlight + backlog.waiting + backlog.due > 0) throw new Error("commands are under way");
  const { pending } = outbox.parse((await django.call("GET", "api/sync/status/")).body);
  if (pending > 0) throw new Error("rows of Django's outbox are under way");
}

/** Everything that the real parts hold. */
async function evidenceOf(world: World, { kennitalas, edits }: Workload): Promise<Evidence> {
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
    keyOf: fieldMapKeys(world.fieldMap),
  };
}

async function membersOf({ django, portal, fieldMap, stack }: World, kennitalas: readonly string[]): Promise<readonly FinalMember[]> {
  const [standings, documents] = await Promise.all([django.standings(), portal.documents()]);
  return kennitalas.map((kennitala) => {
    const row = standings.get(kennitala);
    const document = documents.get(kennitala);
    const nobody: Standing = { life: "missing", record: {} };
    return {
      memberRef: memberRefOf(stack.memberRefKey, kennitala),
      django: row === undefined ? nobody : { life: row.life, record: row.record },
      firestore:
        document === undefined ? nobody : { life: isAliveDocument(document) ? "alive" : "deleted", record: toRecord(fieldMap, document) },
    };
  });
}

/** The ledger for a person: no value of anybody is in it. */
function describe(ledger: Ledger): string {
  const vanished = ledger.vanished
    .slice(0, SHOWN)
    .map(({ edit, why }) => `  ${edit.id} ${edit.side} ${edit.memberRef} ${edit.group}: ${why}`);
  const problems = ledger.problems
    .slice(0, SHOWN)
    .map(({ promise, memberRef, group, what }) => `  promise ${promise}: ${memberRef ?? ""} ${group ?? ""}: ${what}`);
  return [balanceLine(ledger), ...vanished, ...problems].join("\n");
}
