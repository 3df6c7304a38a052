import { sameValue, toRecord } from "@member-sync/shared/member/field-map.ts";
import type { MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { RecordedEdit } from "@member-sync/simulation/ledger/recorded-edit.ts";
import { isAliveDocument } from "../../e2e/world/portal-side.ts";
import type { World } from "../../e2e/world/world.ts";
import type { NewValue } from "./new-values.ts";

type Made = readonly Omit<RecordedEdit, "id">[];

/**
 * One save by a member: read and written in one transaction, so that what they had before them is exact. A save that
 * failed after its read may have landed all the same, so it is kept as unsure, and is never tried again.
 */
export async function saveInPortal(world: World, kennitala: string, memberRef: string, changes: readonly NewValue[]): Promise<Made> {
  const { portal, fieldMap } = world;
  const document = portal.firestore.collection("members").doc(kennitala);
  let saw: MemberRecord | undefined;
  let news: readonly NewValue[] = [];
  const save = async (): Promise<boolean> =>
    portal.firestore.runTransaction(
      async (transaction) => {
        const data = (await transaction.get(document)).data();
        if (data === undefined || !isAliveDocument(data)) return false;
        const record = toRecord(fieldMap, data);
        news = changes.filter(({ group, value }) => !sameValue(fieldMap, group, record[group], value));
        if (news.length === 0) return false;
        transaction.update(document, Object.assign({}, ...news.map(({ forPortal }) => forPortal)));
        saw = record;
        return true;
      },
      { maxAttempts: 1 },
    );
  const at = Date.now();
  const isSure = await save().catch(() => undefined);
  const answeredAt = Date.now();
  const had = saw;
  if (had === undefined || isSure === false) return [];
  return news.map(({ group, value }) => ({
    side: "firestore",
    memberRef,
    group,
    value,
    saw: had[group] ?? null,
    at,
    ...(isSure === undefined ? { unsure: true } : { answeredAt }),
  }));
}
