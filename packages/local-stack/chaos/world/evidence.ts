import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { Evidence } from "@member-sync/simulation/ledger/evidence.ts";
import type { World } from "../../e2e/world/world.ts";
import { readEvidence } from "../../src/verify/live-evidence.ts";
import type { Workload } from "./workload.ts";

/** Everything that the real parts hold of the members that people edit. */
export async function evidenceOf(
  { portal, stack, fieldMap }: World,
  { kennitalas, edits }: Pick<Workload, "kennitalas" | "edits">,
): Promise<Evidence> {
  const found = await readEvidence({ firestore: portal.firestore, django: stack.addresses.django, fieldMap });
  const ours = new Set(kennitalas.map((kennitala) => memberRefOf(stack.memberRefKey, kennitala)));
  const isOurs = ({ memberRef }: { readonly memberRef: string }) => ours.has(memberRef);
  return {
    ...found,
    edits: [...edits],
    members: found.members.filter(isOurs),
    hubs: found.hubs?.filter(isOurs) ?? [],
    history: found.history.filter(isOurs),
    conflicts: found.conflicts.filter(isOurs),
  };
}
