import { expect, test } from "vitest";
import { djangoAdapterConfig } from "@member-sync/django-adapter/config.ts";
import { reconcilerConfig } from "@member-sync/reconciler/config.ts";
import { trackerConfig } from "@member-sync/tracker/config.ts";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PATHS } from "./paths.ts";
import { keepSecrets } from "./secrets.ts";
import { serviceEnv, type ServicePlan } from "./services.ts";

const plan: ServicePlan = {
  ports: { tracker: 1001, djangoAdapter: 1002, reconciler: 1003 },
  projectId: "member-sync-local",
  firestoreHost: "127.0.0.1:8080",
  pubsubHost: "127.0.0.1:8085",
  djangoUrl: "http://127.0.0.1:8000/felagar",
  secrets: keepSecrets(join(mkdtempSync(join(tmpdir(), "services-")), "secrets.json")),
  options: { home: "unused", mode: "scheduled", delivery: "pull", env: { reconciler: { SWEEP_INTERVAL: "50ms" } } },
  host: "127.0.0.1",
};

test("each service takes the environment that it is given", () => {
  expect(trackerConfig(serviceEnv("tracker", plan))).toMatchObject({ http: { port: 1001 }, delivery: "pull" });
  expect(djangoAdapterConfig(serviceEnv("djangoAdapter", plan))).toMatchObject({ http: { port: 1002 }, django: { url: plan.djangoUrl } });
  expect(reconcilerConfig(serviceEnv("reconciler", plan))).toMatchObject({
    mode: "scheduled",
    djangoAdapter: { url: "http://127.0.0.1:1002" },
  });
});

test("the heap is bounded as in the images", () => {
  const image = readFileSync(join(PATHS.root, "infra/containers/reconciler.Dockerfile"), "utf8");
  const [heap] = serviceEnv("reconciler", plan)["NODE_OPTIONS"]?.split(" ") ?? [];
  expect(image).toContain(`ENV NODE_OPTIONS=${heap}\n`);
});

test("what the caller gives for a service wins over ours", () => {
  expect(reconcilerConfig(serviceEnv("reconciler", plan)).sweepIntervalMs).toBe(50);
});
