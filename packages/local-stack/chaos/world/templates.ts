import type { TopicName } from "@member-sync/shared/topology.ts";
import { z } from "zod";
import { expectEqual } from "../../e2e/world/equality.ts";
import { eventually } from "../../e2e/world/eventually.ts";
import type { Tap } from "../../e2e/world/bus.ts";
import { knownMember } from "../../e2e/world/scenes.ts";
import type { World } from "../../e2e/world/world.ts";

const FOUR_TOPICS = ["member-changes-django", "member-changes-firestore", "member-apply-django", "member-apply-firestore"] as const;
type DataTopic = (typeof FOUR_TOPICS)[number];

const envelope = z.looseObject({ items: z.array(z.looseObject({ memberRef: z.string(), kennitala: z.string() })) });
type Item = z.infer<typeof envelope>["items"][number];

/** A message that was under way, of a member whom both sides have. */
export interface Template {
  readonly topic: DataTopic;
  readonly attributes: Readonly<Record<string, string>>;
  readonly item: Item;
  /** A message as it was, but for its items. */
  of(items: readonly unknown[]): string;
}

export interface Templates {
  readonly kennitala: string;
  readonly all: readonly Template[];
  readonly from: Readonly<Record<DataTopic, Template>>;
}

/** Lets one edit cross in each direction, and keeps a message of each topic to make bad ones of. */
export async function recordTemplates(world: World): Promise<Templates> {
  const taps = new Map<TopicName, Tap>();
  for (const topic of FOUR_TOPICS) taps.set(topic, await world.bus.tap(topic));
  const kennitala = await knownMember(world);
  const memberRef = await world.api.refOf(kennitala);
  await world.portal.edit(kennitala, { "profile.phone": "5000055" });
  await expectEqual(world, kennitala);
  const templateOf = (topic: DataTopic) =>
    eventually(`a message on ${topic}`, (): Template => {
      const message = taps.get(topic)?.messages.find(({ data }) => data.includes(memberRef));
      if (message === undefined) throw new Error("none yet");
      const { items, ...head } = envelope.parse(JSON.parse(message.data));
      const item = items.find((each) => each.memberRef === memberRef);
      if (item === undefined) throw new Error("it is about others");
      return { topic, attributes: message.attributes, item, of: (others) => JSON.stringify({ ...head, items: others }) };
    });
  const from = {
    "member-changes-django": await templateOf("member-changes-django"),
    "member-changes-firestore": await templateOf("member-changes-firestore"),
    "member-apply-django": await templateOf("member-apply-django"),
    "member-apply-firestore": await templateOf("member-apply-firestore"),
  };
  return { kennitala, all: Object.values(from), from };
}
