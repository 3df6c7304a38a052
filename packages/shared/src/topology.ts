import type { Side } from "./member/side.ts";

/** Topics, subscriptions, dead letters and schedules: the one declaration that local stack, tests and infrastructure share. */
export const TOPICS = [
  "member-changes-firestore",
  "member-changes-django",
  "member-apply-firestore",
  "member-apply-django",
  "member-conflicts",
  "member-dead-letters",
  "firestore-events",
] as const;
export type TopicName = (typeof TOPICS)[number];

/**
 * Firestore's events as messages. In production Eventarc brings them to the tracker by a topic of its own; this one
 * stands for it where there is none (the local stack's relay publishes to it), and is where a dead event is replayed to.
 */
export const EVENTS_TOPIC = "firestore-events" satisfies TopicName;

export const EVENTS_SUBSCRIPTION = "tracker-events";

export type ServiceName = "tracker" | "django-adapter" | "reconciler";

export interface SubscriptionSpec {
  readonly name: string;
  readonly topic: TopicName;
  readonly service: ServiceName;
  readonly path: string;
  readonly ackDeadlineSeconds: number;
  readonly retry: { readonly minBackoffSeconds: number; readonly maxBackoffSeconds: number };
  /** The broker's last net; consumers dead-letter by themselves what can never succeed. Absent on the dead letters' own. */
  readonly deadLetter?: { readonly topic: TopicName; readonly maxDeliveryAttempts: number };
}

const retry = { minBackoffSeconds: 1, maxBackoffSeconds: 600 } as const;
const deadLetter = { topic: "member-dead-letters", maxDeliveryAttempts: 100 } as const;

function subscription(name: string, topic: TopicName, service: ServiceName, path: string): SubscriptionSpec {
  return { name, topic, service, path, ackDeadlineSeconds: 60, retry, deadLetter };
}

export const SUBSCRIPTIONS: readonly SubscriptionSpec[] = [
  subscription("reconciler-changes-firestore", "member-changes-firestore", "reconciler", "/pubsub/changes"),
  subscription("reconciler-changes-django", "member-changes-django", "reconciler", "/pubsub/changes"),
  subscription("tracker-apply", "member-apply-firestore", "tracker", "/pubsub/apply"),
  subscription(EVENTS_SUBSCRIPTION, "firestore-events", "tracker", "/events/firestore"),
  subscription("django-adapter-apply", "member-apply-django", "django-adapter", "/pubsub/apply"),
  {
    name: "reconciler-dead-letters",
    topic: "member-dead-letters",
    service: "reconciler",
    path: "/pubsub/dead-letters",
    ackDeadlineSeconds: 60,
    retry,
  },
];

export const FLUSH_SCHEDULE = {
  name: "member-sync-flush",
  cron: "30 3 * * *",
  timeZone: "Atlantic/Reykjavik",
  service: "reconciler",
  path: "/flush",
} as const;

/** The re-emission of what is in flight too long. */
export const SWEEP_SCHEDULE = {
  name: "member-sync-sweep",
  cron: "* * * * *",
  timeZone: "Atlantic/Reykjavik",
  service: "reconciler",
  path: "/sweep",
} as const;

/** Where a side's observations go. */
export function changesTopic(side: Side): TopicName {
  return side === "django" ? "member-changes-django" : "member-changes-firestore";
}

/** Where a side's commands go. */
export function applyTopic(side: Side): TopicName {
  return side === "django" ? "member-apply-django" : "member-apply-firestore";
}
