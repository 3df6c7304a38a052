import { z } from "zod";

/** Reads and writes members in Firestore by its REST interface, as a stranger's program would. */
export interface FirestoreMembers {
  /** The phone of a member's document; `undefined` when there is no document. */
  phoneOf(kennitala: string): Promise<string | null | undefined>;
  setPhone(kennitala: string, phone: string): Promise<void>;
  /** How many documents there are, counting at most to `limit`. */
  count(limit: number): Promise<number>;
}

const memberDocument = z.object({
  fields: z
    .object({
      profile: z
        .object({
          mapValue: z.object({ fields: z.object({ phone: z.object({ stringValue: z.string().optional() }).optional() }).optional() }),
        })
        .optional(),
    })
    .optional(),
});
const page = z.object({ documents: z.array(z.unknown()).default([]), nextPageToken: z.string().optional() });

const headers = { authorization: "Bearer owner", "content-type": "application/json" } as const;

/** The address of the member documents, as it also stands in the commands to try. */
export function memberDocumentsUrl(host: string, projectId: string): string {
  return `http://${host}/v1/projects/${projectId}/databases/(default)/documents/members`;
}

export function firestoreMembers(host: string, projectId: string): FirestoreMembers {
  const base = memberDocumentsUrl(host, projectId);
  return {
    async phoneOf(kennitala) {
      const response = await fetch(`${base}/${kennitala}`, { headers, signal: AbortSignal.timeout(8_000) });
      const answer: unknown = await response.json();
      if (response.status === 404) return undefined;
      return memberDocument.parse(answer).fields?.profile?.mapValue.fields?.phone?.stringValue ?? null;
    },
    async setPhone(kennitala, phone) {
      const response = await fetch(`${base}/${kennitala}?updateMask.fieldPaths=profile.phone`, {
        method: "PATCH",
        headers,
        body: JSON.stringify({ fields: { profile: { mapValue: { fields: { phone: { stringValue: phone } } } } } }),
        signal: AbortSignal.timeout(8_000),
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`Firestore answered ${response.status} to an edit`);
    },
    async count(limit) {
      let found = 0;
      let token: string | undefined;
      do {
        const query = new URLSearchParams({
          pageSize: "300",
          "mask.fieldPaths": "profile.kennitala",
          ...(token === undefined ? {} : { pageToken: token }),
        });
        const response = await fetch(`${base}?${query.toString()}`, { headers, signal: AbortSignal.timeout(8_000) });
        const answer = page.parse(await response.json());
        found += answer.documents.length;
        token = answer.nextPageToken;
      } while (token !== undefined && found < limit);
      return found;
    },
  };
}
