import { memberDocumentsUrl } from "./firestore-rest.ts";
import type { StackAddresses } from "./stack-file.ts";

/** Something to try, with commands to be pasted into a shell as they are. */
export interface ThingToTry {
  readonly title: string;
  readonly commands: string;
}

/** An edit in Django, one in Firestore, and a conflict with its decision. Needs three members. */
export function thingsToTry(addresses: StackAddresses, members: readonly string[]): readonly ThingToTry[] {
  const [first = "", second = first, third = second] = members;
  const { django, firestore, reconciler } = addresses;
  const documents = memberDocumentsUrl(firestore.host, firestore.projectId);
  const read = {
    django: (ssn: string) => `curl -sw '\\n' -H 'Authorization: Token ${django.token}' '${django.url}/api/members/${ssn}/'`,
    firestore: (ssn: string) => `curl -sw '\\n' -H 'Authorization: Bearer owner' '${documents}/${ssn}?mask.fieldPaths=profile.phone'`,
  };
  const later = (command: string) => `sleep 1; ${command}`;
  const api = `curl -sw '\\n' -H 'Authorization: Bearer ${reconciler.token}' -H 'Content-Type: application/json'`;
  const inDjango = (ssn: string, phone: string) =>
    `curl -sw '\\n' -X PATCH -H 'Authorization: Token ${django.token}' -H 'Content-Type: application/json' \\\n` +
    `  '${django.url}/api/members/${ssn}/' -d '{"contact_info":{"phone":"${phone}"}}'`;
  const inFirestore = (ssn: string, phone: string) =>
    `curl -sw '\\n' -X PATCH -H 'Authorization: Bearer owner' -H 'Content-Type: application/json' \\\n` +
    `  '${documents}/${ssn}?updateMask.fieldPaths=profile.phone' \\\n` +
    `  -d '{"fields":{"profile":{"mapValue":{"fields":{"phone":{"stringValue":"${phone}"}}}}}}'`;
  const flush = addresses.mode === "scheduled" ? [`${api} -X POST '${reconciler.url}/flush'`] : [];
  const pick = (key: string) => `node -pe 'JSON.stringify(JSON.parse(process.argv[1]).items[0].${key})' "$CONFLICT"`;
  return [
    {
      title: "Change a phone in Django, see it in Firestore",
      commands: [inDjango(first, "555 1111"), ...flush, later(read.firestore(first))].join("\n"),
    },
    {
      title: "Change a phone in Firestore, see it in Django",
      commands: [inFirestore(second, "555 2222"), ...flush, later(read.django(second))].join("\n"),
    },
    {
      title: "Change the same phone on both sides before either has seen the other; decide the conflict for Django",
      commands: [
        `${api} -X POST '${reconciler.url}/api/control' -d '{"direction":"none"}'`,
        inDjango(third, "555 3333"),
        inFirestore(third, "555 4444"),
        `${api} -X POST '${reconciler.url}/api/control' -d '{"direction":"both"}'`,
        ...flush,
        later(`CONFLICT=$(${api} '${reconciler.url}/api/conflicts?state=open'); echo "$CONFLICT"`),
        `ID=$(node -pe 'JSON.parse(process.argv[1]).items[0].id' "$CONFLICT"); EXPECTED=$(${pick("expected")})`,
        `${api} -X POST "${reconciler.url}/api/conflicts/$ID/resolve" -d '{"choice":"django","expected":'"$EXPECTED"'}'`,
        later(read.firestore(third)),
      ].join("\n"),
    },
  ];
}
