import { FLUSH_SCHEDULE, SUBSCRIPTIONS, SWEEP_SCHEDULE, TOPICS } from "@member-sync/shared/topology.ts";
import { describe, expect, it } from "vitest";
import { allOf, CALLER, declareEstate } from "./estate.fixture.ts";

const estate = await declareEstate();
const AGENT = "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com";
const URLS = {
  tracker: "https://member-sync-tracker-123456789012.europe-north1.run.app",
  "django-adapter": "https://member-sync-django-adapter-123456789012.europe-north1.run.app",
  reconciler: "https://member-sync-reconciler-123456789012.europe-north1.run.app",
} as const;

it("has every topic of the topology and no other", () => {
  expect([...allOf(estate, "gcp:pubsub/topic:Topic")]).toEqual(TOPICS.map((name) => [name, { name }]));
});

describe("subscriptions", () => {
  const subscriptions = allOf(estate, "gcp:pubsub/subscription:Subscription");

  it("are those of the topology and no others", () => {
    expect([...subscriptions.keys()].toSorted()).toEqual(SUBSCRIPTIONS.map(({ name }) => name).toSorted());
  });

  it.each(SUBSCRIPTIONS)(
    "$name pushes signed, tries again as declared, and never expires",
    ({ name, topic, service, path, ackDeadlineSeconds, retry }) => {
      expect(subscriptions.get(name)).toMatchObject({
        name,
        topic,
        ackDeadlineSeconds,
        expirationPolicy: { ttl: "" },
        enableMessageOrdering: false,
        messageRetentionDuration: "2678400s",
        retryPolicy: { minimumBackoff: `${retry.minBackoffSeconds}s`, maximumBackoff: `${retry.maxBackoffSeconds}s` },
        pushConfig: { pushEndpoint: URLS[service] + path, oidcToken: { serviceAccountEmail: CALLER, audience: URLS[service] } },
      });
    },
  );

  it.each(SUBSCRIPTIONS)("$name gives up as declared, and Pub/Sub may carry that out", ({ name, deadLetter }) => {
    if (deadLetter === undefined) {
      expect(subscriptions.get(name)).not.toHaveProperty("deadLetterPolicy");
      return;
    }
    expect(subscriptions.get(name)).toMatchObject({
      deadLetterPolicy: {
        deadLetterTopic: `projects/example/topics/${deadLetter.topic}`,
        maxDeliveryAttempts: deadLetter.maxDeliveryAttempts,
      },
    });
    expect([...allOf(estate, "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember").values()]).toContainEqual({
      subscription: name,
      role: "roles/pubsub.subscriber",
      member: AGENT,
    });
    expect([...allOf(estate, "gcp:pubsub/topicIAMMember:TopicIAMMember").values()]).toContainEqual({
      topic: deadLetter.topic,
      role: "roles/pubsub.publisher",
      member: AGENT,
    });
  });

  it("are signed by an account that Pub/Sub may sign as", () => {
    expect([...allOf(estate, "gcp:serviceaccount/iAMMember:IAMMember").values()]).toEqual([
      { serviceAccountId: `projects/example/serviceAccounts/${CALLER}`, role: "roles/iam.serviceAccountTokenCreator", member: AGENT },
    ]);
  });
});

it.each([FLUSH_SCHEDULE, SWEEP_SCHEDULE])("calls $path by the schedule $cron of $timeZone", ({ name, cron, timeZone, service, path }) => {
  expect(allOf(estate, "gcp:cloudscheduler/job:Job").get(name)).toMatchObject({
    schedule: cron,
    timeZone,
    httpTarget: { httpMethod: "POST", uri: URLS[service] + path, oidcToken: { serviceAccountEmail: CALLER, audience: URLS[service] } },
  });
});

it("flushes at half past three, with half an hour to do it and more than one try", () => {
  expect(allOf(estate, "gcp:cloudscheduler/job:Job").get("member-sync-flush")).toMatchObject({
    schedule: "30 3 * * *",
    timeZone: "Atlantic/Reykjavik",
    attemptDeadline: "1800s",
    retryConfig: { retryCount: 5 },
  });
});

describe("Firestore's events", () => {
  it("bring every write to a member, with its writer, to the tracker", () => {
    expect([...allOf(estate, "gcp:eventarc/trigger:Trigger").values()]).toEqual([
      {
        name: "member-sync-members-written",
        location: "eur3",
        serviceAccount: CALLER,
        eventDataContentType: "application/protobuf",
        matchingCriterias: [
          { attribute: "type", value: "google.cloud.firestore.document.v1.written.withAuthContext" },
          { attribute: "database", value: "(default)" },
          { attribute: "document", value: "members/{id}", operator: "match-path-pattern" },
        ],
        destination: { cloudRunService: { service: "member-sync-tracker", region: "europe-north1", path: "/events/firestore" } },
      },
    ]);
  });

  it("may be received by the account that brings them", () => {
    expect([...allOf(estate, "gcp:projects/iAMMember:IAMMember").values()]).toContainEqual({
      project: "example",
      role: "roles/eventarc.eventReceiver",
      member: `serviceAccount:${CALLER}`,
    });
  });
});
