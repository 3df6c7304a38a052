import { eventarc, projects } from "@pulumi/gcp";
import type { Accounts } from "./accounts.ts";
import { DATABASE } from "./firestore-indexes.ts";
import type { Services } from "./services.ts";
import type { StackConfig } from "./stack-config.ts";

/** Brings every write to a member's document to the tracker, with who wrote it. */
export function createMemberEvents(config: StackConfig, { caller }: Accounts, services: Services): void {
  const receiving = new projects.IAMMember("caller-receives-events", {
    project: config.project,
    role: "roles/eventarc.eventReceiver",
    member: caller.member,
  });
  const args: eventarc.TriggerArgs = {
    name: "member-sync-members-written",
    location: config.firestoreLocation,
    serviceAccount: caller.email,
    eventDataContentType: "application/protobuf",
    matchingCriterias: [
      { attribute: "type", value: "google.cloud.firestore.document.v1.written.withAuthContext" },
      { attribute: "database", value: DATABASE },
      { attribute: "document", value: "members/{id}", operator: "match-path-pattern" },
    ],
    destination: { cloudRunService: { service: services.tracker.name, region: config.region, path: "/events/firestore" } },
  };
  new eventarc.Trigger("member-sync-members-written", args, { dependsOn: [receiving] });
}
