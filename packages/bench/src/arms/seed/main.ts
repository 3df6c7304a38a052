import { countedFirestore } from "../counted.ts";
import { djangoClient } from "../django-client.ts";
import { serveArm, settingsIn } from "../serve-arm.ts";
import { bidirectionalSync } from "./bidirectional-sync.ts";

const settings = settingsIn(process.env);
const { firestore, counts } = countedFirestore(settings.projectId, settings.firestoreHost);
const django = djangoClient(settings.djangoUrl, settings.djangoToken);

await serveArm({ begin: () => bidirectionalSync(firestore, django), counts: () => counts }, settings.port);
