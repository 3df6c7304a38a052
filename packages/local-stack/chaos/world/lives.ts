import { toRecord, type FieldMap } from "@member-sync/shared/member/field-map.ts";
import type { MemberRecord } from "@member-sync/shared/member/member-record.ts";
import type { Side } from "@member-sync/shared/member/side.ts";
import type { RecordedEdit } from "@member-sync/simulation/ledger/recorded-edit.ts";
import { z } from "zod";
import { isAliveDocument } from "../../e2e/world/portal-side.ts";
import type { World } from "../../e2e/world/world.ts";
import { bodyOf, sendToDjango } from "./django-editor.ts";
import type { NewValue } from "./new-values.ts";

type Made = readonly Omit<RecordedEdit, "id">[];
type Save = (world: World, kennitala: string, memberRef: string, values: readonly NewValue[]) => Promise<Made>;

const gone = z.object({
  name: z.unknown(),
  birthday: z.unknown(),
  gender: z.unknown(),
  contact_info: z.looseObject({}),
  address: z.unknown(),
});

/** Staff remove the member; Django's answer is what it held in that very transaction. */
const removeInDjango: Save = async ({ django, fieldMap }, kennitala, memberRef) => {
  const at = Date.now();
  const { outcome, body } = await sendToDjango(django, "DELETE", `api/members/${kennitala}/`);
  if (outcome === "not made") return [];
  return [removal({ side: "django", memberRef, at }, outcome, recordOf(fieldMap, body))];
};

/** Staff enter a member who is not there: a new life, with values of its own. */
const createInDjango: Save = async ({ django }, kennitala, memberRef, values) => {
  if ((await django.shown(kennitala)) !== undefined) return [];
  const at = Date.now();
  const { outcome } = await sendToDjango(django, "POST", "api/members/", { ssn: kennitala, ...bodyOf(values) });
  return outcome === "not made" ? [] : created({ side: "django", memberRef, at }, outcome, values);
};

/** The portal's document is removed for good. */
const removeInPortal: Save = async ({ portal, fieldMap }, kennitala, memberRef) => {
  const document = portal.firestore.collection("members").doc(kennitala);
  const at = Date.now();
  let saw: MemberRecord | undefined;
  const isSure = await portal.firestore
    .runTransaction(
      async (transaction) => {
        const data = (await transaction.get(document)).data();
        if (data === undefined || !isAliveDocument(data)) return false;
        transaction.delete(document);
        saw = toRecord(fieldMap, data);
        return true;
      },
      { maxAttempts: 1 },
    )
    .catch(() => undefined);
  if (saw === undefined || isSure === false) return [];
  return [removal({ side: "firestore", memberRef, at }, isSure === true ? "made" : "unsure", saw)];
};

/** A member who has no document signs up. */
const createInPortal: Save = async ({ portal }, kennitala, memberRef, values) => {
  const document = portal.firestore.collection("members").doc(kennitala);
  if ((await document.get()).exists) return [];
  const at = Date.now();
  const fields: Record<string, Record<string, unknown>> = { profile: { kennitala } };
  for (const [path, value] of values.flatMap(({ forPortal }) => Object.entries(forPortal))) {
    const [first = "", second] = path.split(".");
    fields[first] = second === undefined ? { ...parts.parse(value) } : { ...fields[first], [second]: value };
  }
  // Whatever the error, it may stand: ALREADY_EXISTS is also what a create is told whose first answer was lost.
  const outcome = await document.create(fields).then(
    () => "made" as const,
    () => "unsure" as const,
  );
  return created({ side: "firestore", memberRef, at }, outcome, values);
};

export const LIVES = {
  django: { remove: removeInDjango, create: createInDjango },
  firestore: { remove: removeInPortal, create: createInPortal },
} as const satisfies Record<Side, { readonly remove: Save; readonly create: Save }>;

interface Who {
  readonly side: Side;
  readonly memberRef: string;
  readonly at: number;
}

const parts = z.record(z.string(), z.unknown());

function removal(who: Who, outcome: "made" | "unsure", sawRecord: MemberRecord | undefined): Omit<RecordedEdit, "id"> {
  const known = sawRecord === undefined ? {} : { sawRecord };
  return { ...who, group: "life", value: "deleted", saw: "alive", ...known, ...(outcome === "unsure" && { unsure: true }) };
}

function created(who: Who, outcome: "made" | "unsure", values: readonly NewValue[]): Made {
  const unsure = outcome === "unsure" ? { unsure: true } : {};
  return [
    { ...who, group: "life", value: "alive", saw: "deleted", ...unsure },
    ...values.filter(({ value }) => value !== null).map(({ group, value }) => ({ ...who, group, value, saw: null, ...unsure })),
  ];
}

function recordOf(fieldMap: FieldMap, body: unknown): MemberRecord | undefined {
  const parsed = gone.safeParse(body);
  if (!parsed.success) return undefined;
  const { name, birthday, gender, contact_info, address } = parsed.data;
  return toRecord(fieldMap, { profile: { name, birthday, gender, ...contact_info }, address });
}
