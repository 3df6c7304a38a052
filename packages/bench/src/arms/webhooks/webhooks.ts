import { Agent } from "node:http";
import type { Firestore } from "@google-cloud/firestore";
import { z } from "zod";
import { readEvent } from "../../world/decode-event.ts";
import { post } from "../../world/loopback.ts";
import { createSlots } from "../slots.ts";
import type { DjangoClient } from "../django-client.ts";
import type { ServedArm } from "../serve-arm.ts";

const AT_ONCE = 8;

const webhook = z.object({ kennitala: z.string(), changes: z.record(z.string(), z.unknown()) });

export interface WebhookParts {
  readonly firestore: Firestore;
  readonly django: DjangoClient;
  /** Where the receiver of Django's webhooks listens. */
  readonly receiver: string;
}

/**
 * What came after the nightly job: each change is one POST, at once, and one write where it arrives. Nothing is stored
 * on the way, so that whatever fails is lost.
 */
export function createWebhooks({ firestore, django, receiver }: WebhookParts): Pick<ServedArm, "begin" | "event" | "webhook"> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const toDjango = createSlots(AT_ONCE);
  const toFirestore = createSlots(AT_ONCE);
  return {
    /** Django's half: its signal handler has the change in hand, and posts it to the receiver. */
    async begin(edits) {
      const deliver = async ({ kennitala, phone }: (typeof edits)[number]) => {
        const status = await post(agent, receiver, JSON.stringify({ kennitala, changes: { profile: { phone } } }));
        if (status !== 204) throw new Error(`the receiver answered ${status}`);
      };
      await Promise.all(edits.map((edit) => toFirestore.run(() => deliver(edit))));
    },
    /** Firestore's half: its trigger posts what the event says to Django. */
    async event(body) {
      const { kennitala, fields } = readEvent(body);
      const changes = { "profile.email": emailIn(fields) };
      await toDjango.run(() => django.apply([{ kennitala, django_id: null, action: "update", changes }]));
    },
    async webhook(body) {
      const { kennitala, changes } = webhook.parse(JSON.parse(body.toString("utf8")));
      await firestore.collection("members").doc(kennitala).set(changes, { merge: true });
    },
  };
}

function emailIn({ profile }: Readonly<Record<string, unknown>>): unknown {
  return typeof profile === "object" && profile !== null && "email" in profile ? profile.email : null;
}
