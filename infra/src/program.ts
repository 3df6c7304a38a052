import { Config } from "@pulumi/pulumi";
import { createStack } from "./stack.ts";

const google = new Config("gcp");
const own = new Config("member-sync");
const trackerAudience = own.get("trackerAudience");
const firestoreLineage = own.get("firestoreLineage");

export const { trackerUrl, djangoAdapterUrl, reconcilerUrl } = createStack({
  project: google.require("project"),
  projectNumber: own.require("projectNumber"),
  region: google.require("region"),
  firestoreLocation: own.require("firestoreLocation"),
  images: { repository: own.require("imageRepository"), tag: own.require("imageTag") },
  djangoUrl: own.require("djangoUrl"),
  mode: own.get<"realtime" | "scheduled">("mode", { allowedValues: ["realtime", "scheduled"] }) ?? "realtime",
  logLevel: own.get<"debug" | "info" | "warn" | "error">("logLevel", { allowedValues: ["debug", "info", "warn", "error"] }) ?? "info",
  ...(trackerAudience !== undefined && { trackerAudience }),
  ...(firestoreLineage !== undefined && { firestoreLineage }),
});
