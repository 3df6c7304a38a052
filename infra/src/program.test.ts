import { runtime } from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { allOf, recordEstate } from "./estate.fixture.ts";

it("declares the estate from the stack's configuration", async () => {
  const declared = await recordEstate();
  runtime.setAllConfig({
    "gcp:project": "example",
    "gcp:region": "europe-north1",
    "member-sync:projectNumber": "123456789012",
    "member-sync:firestoreLocation": "eur3",
    "member-sync:imageRepository": "europe-north1-docker.pkg.dev/example/member-sync",
    "member-sync:imageTag": "1.0.0",
    "member-sync:djangoUrl": "https://felag.example.is/felagar",
    "member-sync:mode": "scheduled",
  });
  const { reconcilerUrl } = await import("./program.ts");
  await runtime.disconnect();
  expect(reconcilerUrl).toBe("https://member-sync-reconciler-123456789012.europe-north1.run.app");
  const reconciler = allOf(declared, "gcp:cloudrunv2/service:Service").get("member-sync-reconciler");
  expect(JSON.stringify(reconciler)).toContain(JSON.stringify({ name: "MODE", value: "scheduled" }));
});
