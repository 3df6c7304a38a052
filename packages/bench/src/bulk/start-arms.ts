import type { Firestore } from "@google-cloud/firestore";
import { waitFor } from "@member-sync/local-stack/wait-for.ts";
import { sampleMembers, type SampleMember } from "@member-sync/local-stack/sample-members.ts";
import { memberRefOf } from "@member-sync/shared/member/member-ref.ts";
import type { Arm, ArmName, Delivery } from "../arms/arm.ts";
import { copyHubs } from "../arms/member-sync/bystanders.ts";
import { startMemberSync } from "../arms/member-sync/start.ts";
import { startProcessArm } from "../arms/process-arm.ts";
import { emptyQueue, queueEntry, SYNC_QUEUE } from "../arms/seed/sync-queue.ts";
import type { EventDoor } from "../world/event-door.ts";
import { MEMBERS, writeMembers } from "../world/member-documents.ts";
import type { World } from "../world/world.ts";

/** One line of the table: an arm, and how it gets its messages where it gets any. */
export interface ArmSpec {
  readonly name: ArmName;
  readonly label: string;
  readonly delivery: Delivery;
  readonly isLive?: boolean;
  readonly door?: EventDoor;
}

/** The arms that were asked for, each as often as there are ways for it to get its messages. */
export function armSpecs(names: readonly ArmName[], deliveries: readonly Delivery[], liveTrigger: boolean): readonly ArmSpec[] {
  const live: readonly ArmSpec[] = [{ name: "member-sync", label: "member-sync live", delivery: "push", isLive: true }];
  const specs = names.flatMap((name): readonly ArmSpec[] =>
    name === "seed" || name === "webhooks"
      ? [{ name, label: name, delivery: "push" }]
      : deliveries.map((delivery) => ({ name, label: `${name} ${delivery}`, delivery })),
  );
  return liveTrigger ? [...specs, ...live] : specs;
}

/** How many members an arm has, and how many of them are ever edited; the others only stand in every collection and table. */
export interface Membership {
  readonly each: number;
  readonly edited?: number;
}

/** Starts the arms one after another, and fills both sides of each with members of its own. */
export async function startArms(
  world: World,
  specs: readonly ArmSpec[],
  { each, edited = each }: Membership,
  cleanup: AsyncDisposableStack,
): Promise<readonly Arm[]> {
  const all = sampleMembers(each * specs.length);
  const arms: Arm[] = [];
  for (const [at, spec] of specs.entries()) {
    const members = all.slice(at * each, at * each + edited);
    const bystanders = all.slice(at * each + edited, (at + 1) * each);
    await world.progress.step(`Starting ${spec.label} with ${each} members`, async () => {
      const arm = cleanup.use(await startArm(world, spec, members));
      await fill(world, arm, spec, members);
      if (bystanders.length > 0) await fillUp(world, arm, spec, bystanders);
      arms.push(arm);
    });
  }
  return arms;
}

function startArm(world: World, { name, label, delivery, isLive = false, door }: ArmSpec, sample: readonly SampleMember[]): Promise<Arm> {
  const members = sample.map(({ ssn }) => ssn);
  switch (name) {
    case "seed":
      return startProcessArm(world, {
        name,
        label,
        delivery,
        members,
        hearsEvents: false,
        alsoWrite: { collection: SYNC_QUEUE, documentOf: queueEntry },
        tidy: emptyQueue,
      });
    case "webhooks":
    case "floor":
      return startProcessArm(world, { name, label, delivery, members, hearsEvents: true });
    case "member-sync":
      return startMemberSync(world, { label, delivery, members, isLive, ...(door && { door }) });
  }
}

async function fill(world: World, arm: Arm, { name }: ArmSpec, members: readonly SampleMember[]): Promise<void> {
  if (name !== "member-sync") return writeBothSides(world, arm, members);
  await arm.wake();
  await world.editor.create(members);
  const areThere = async () => (await countMembers(arm.firestore)) >= members.length;
  await waitFor(areThere, {
    what: "the members' arrival in Firestore",
    deadlineMs: 60_000 + members.length * 20,
    everyMs: 500 + members.length / 20,
  });
  await arm.settle();
  await arm.rest();
}

async function writeBothSides(world: World, arm: Arm, members: readonly SampleMember[]): Promise<void> {
  await writeMembers(arm.firestore, members, await world.editor.create(members));
  await world.editor.markOutbox();
}

/** Written past the sync, which would take minutes for a hundred thousand, and the emulator's memory with each version of each hub. */
async function fillUp(world: World, arm: Arm, { name }: ArmSpec, bystanders: readonly SampleMember[]): Promise<void> {
  await writeBothSides(world, arm, bystanders);
  const [from = ""] = arm.members;
  const named = (kennitala: string) => ({ kennitala, memberRef: memberRefOf(world.secrets.memberRefKey, kennitala) });
  if (name === "member-sync") {
    const others = bystanders.map(({ ssn }) => named(ssn));
    await copyHubs(arm.firestore, named(from), others);
  }
}

async function countMembers(firestore: Firestore): Promise<number> {
  return (await firestore.collection(MEMBERS).count().get()).data().count;
}
