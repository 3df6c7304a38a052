import { countedFirestore } from "../counted.ts";
import { djangoClient } from "../django-client.ts";
import { serveArm, settingsIn } from "../serve-arm.ts";
import { createWebhooks } from "./webhooks.ts";

const settings = settingsIn(process.env);
const { firestore, counts } = countedFirestore(settings.projectId, settings.firestoreHost);
const django = djangoClient(settings.djangoUrl, settings.djangoToken);
const webhooks = createWebhooks({ firestore, django, receiver: `http://127.0.0.1:${settings.port}/webhook` });

await serveArm({ ...webhooks, counts: () => counts }, settings.port);
