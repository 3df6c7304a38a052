import { createPubSub, PubSubPublisher } from "@member-sync/shared/bus/pubsub/pubsub-bus.ts";
import { countedFirestore } from "../counted.ts";
import { djangoClient } from "../django-client.ts";
import { serveArm, settingsIn } from "../serve-arm.ts";
import { openBus } from "./bus.ts";
import { createDjangoSide } from "./django-side.ts";
import { createFirestoreSide } from "./firestore-side.ts";
import { createIntake } from "./intake.ts";
import { createRecords } from "./records.ts";

const settings = settingsIn(process.env);
const { firestore, counts } = countedFirestore(settings.projectId, settings.firestoreHost);
const pubsub = createPubSub({ projectId: settings.projectId, emulatorHost: settings.pubsubHost });
const publisher = new PubSubPublisher(pubsub);
const records = createRecords(settings.memberRefKey);

const publish: PubSubPublisher["publish"] = async (topic, messages) => {
  counts.messages += messages.length;
  await publisher.publish(topic, messages);
};
const firestoreSide = createFirestoreSide({ firestore, publish, records });
const djangoSide = createDjangoSide({ django: djangoClient(settings.djangoUrl, settings.djangoToken), publish, records });
const intake = createIntake({ firestore, publish });
const bus = openBus({ changes: intake.take, applyFirestore: firestoreSide.apply, applyDjango: djangoSide.apply });

await serveArm(
  {
    async begin(edits) {
      const answered = intake.untilAnswered(edits.length * 2);
      await djangoSide.drain(edits.length);
      await answered;
    },
    event: async (body) => firestoreSide.event(body),
    push: bus.pushed,
    counts: () => counts,
  },
  settings.port,
);
await bus.ensure(pubsub, settings);
