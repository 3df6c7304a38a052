import type { ServiceName } from "@member-sync/shared/topology.ts";
import { describe, expect, it } from "vitest";
import { djangoAdapterConfig } from "../../services/django-adapter/src/config.ts";
import { reconcilerConfig } from "../../services/reconciler/src/config.ts";
import { trackerConfig } from "../../services/tracker/src/config.ts";
import { allOf, CALLER, declareEstate } from "./estate.fixture.ts";
import { SERVICES } from "./names.ts";
import { valueAt } from "./value-at.fixture.ts";

const estate = await declareEstate();
const services = allOf(estate, "gcp:cloudrunv2/service:Service");
const serviceOf = (service: ServiceName) => services.get(`member-sync-${service}`);
const containerOf = (service: ServiceName) => valueAt(serviceOf(service), "template", "containers", 0);
const account = (service: ServiceName) => `serviceAccount:member-sync-${service}@example.iam.gserviceaccount.com`;

interface Variable {
  readonly name: string;
  readonly value: string | undefined;
  readonly secret: string | undefined;
}

function variablesOf(service: ServiceName): readonly Variable[] {
  const envs = valueAt(containerOf(service), "envs");
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  return (Array.isArray(envs) ? envs : []).map((variable: unknown) => ({
    name: String(valueAt(variable, "name")),
    value: text(valueAt(variable, "value")),
    secret: text(valueAt(variable, "valueSource", "secretKeyRef", "secret")),
  }));
}

/** The environment as the service will see it; every secret gets a value that all of its rules allow. */
function environmentOf(service: ServiceName): Readonly<Record<string, string>> {
  const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
  return Object.fromEntries(variablesOf(service).map(({ name, value }) => [name, value ?? secret]));
}

describe("the environment", () => {
  const parse = { tracker: trackerConfig, "django-adapter": djangoAdapterConfig, reconciler: reconcilerConfig } as const;
  const expected: Readonly<Record<ServiceName, readonly string[]>> = {
    tracker: ["OWN_WRITER"],
    "django-adapter": ["ADAPTER_TOKEN", "DJANGO_TOKEN", "DJANGO_URL", "DJANGO_WEBHOOK_SECRETS"],
    reconciler: ["ADAPTER_TOKEN", "API_TOKEN", "DJANGO_ADAPTER_URL", "MODE"],
  };
  const common = [
    "DELIVERY",
    "LOG_LEVEL",
    "MEMBER_REF_KEY",
    "MEMBER_SYNC_CONFIG",
    "PROJECT_ID",
    "PUSH_AUDIENCE",
    "PUSH_AUTH",
    "PUSH_SERVICE_ACCOUNT",
  ];

  it.each(SERVICES)("of %s is what the service itself accepts, and checks who pushes", (service) => {
    const audience = `https://member-sync-${service}-123456789012.europe-north1.run.app`;
    expect(parse[service](environmentOf(service))).toMatchObject({
      memberSyncPath: "/app/member-sync.config.ts",
      delivery: "push",
      pushAuth: { kind: "oidc", audience, serviceAccountEmail: CALLER },
    });
  });

  it.each(SERVICES)("of %s has what is named here and nothing else", (service) => {
    expect(
      variablesOf(service)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual([...common, ...expected[service]].toSorted());
  });

  it("tells the tracker its own account, so that nobody else's write passes for its own", () => {
    expect(trackerConfig(environmentOf("tracker")).ownWriters).toEqual([
      "member-sync-tracker@example.iam.gserviceaccount.com",
      "id-of-member-sync-tracker",
    ]);
  });

  it("leads the reconciler to the adapter", () => {
    expect(environmentOf("reconciler")["DJANGO_ADAPTER_URL"]).toBe("https://member-sync-django-adapter-123456789012.europe-north1.run.app");
  });
});

it("tells the tracker and its pushes another audience when Eventarc has another", async () => {
  const trackerAudience = "https://tracker-abc-lz.a.run.app";
  const other = await declareEstate({ trackerAudience });
  const envs = valueAt(allOf(other, "gcp:cloudrunv2/service:Service").get("member-sync-tracker"), "template", "containers", 0, "envs");
  expect(envs).toContainEqual({ name: "PUSH_AUDIENCE", value: trackerAudience });
  const push = allOf(other, "gcp:pubsub/subscription:Subscription").get("tracker-apply");
  expect(push).toMatchObject({ pushConfig: { oidcToken: { audience: trackerAudience } } });
});

it("tells the tracker the lineage of a database that was restored in place", async () => {
  const restored = await declareEstate({ firestoreLineage: "restored-1" });
  const envs = valueAt(allOf(restored, "gcp:cloudrunv2/service:Service").get("member-sync-tracker"), "template", "containers", 0, "envs");
  expect(envs).toContainEqual({ name: "FIRESTORE_LINEAGE", value: "restored-1" });
});

describe("secrets", () => {
  it.each(SERVICES)("of %s are never in the open, and it may read those and no others", (service) => {
    const told = variablesOf(service).flatMap(({ name, secret }) => (secret === undefined ? [] : [[name, secret] as const]));
    const asked = variablesOf(service).filter(({ name }) => /TOKEN|KEY|SECRET/.test(name));
    expect(told.map(([name]) => name)).toEqual(asked.map(({ name }) => name));
    const grants = [...allOf(estate, "gcp:secretmanager/secretIamMember:SecretIamMember").values()];
    const readable = grants.filter((grant) => valueAt(grant, "member") === account(service)).map((grant) => valueAt(grant, "secretId"));
    expect(readable.toSorted()).toEqual(told.map(([, secret]) => secret).toSorted());
  });

  it("have no value here", () => {
    expect(estate.filter(({ type }) => type.startsWith("gcp:secretmanager/secretVersion"))).toEqual([]);
  });
});

describe("each service", () => {
  it.each(SERVICES)("%s has an account of its own, an image, and probes that ask only whether it lives", (service) => {
    expect(serviceOf(service)).toMatchObject({
      location: "europe-north1",
      template: {
        serviceAccount: `member-sync-${service}@example.iam.gserviceaccount.com`,
        containers: [
          {
            image: `europe-north1-docker.pkg.dev/example/member-sync/${service}:1.0.0`,
            startupProbe: { httpGet: { path: "/healthz" } },
            livenessProbe: { httpGet: { path: "/healthz" } },
          },
        ],
      },
    });
  });

  it("keeps one adapter awake, since it polls, and lets the others sleep", () => {
    const least = SERVICES.map((service) => valueAt(serviceOf(service), "template", "scaling", "minInstanceCount"));
    expect(Object.fromEntries(SERVICES.map((service, index) => [service, least[index]]))).toEqual({
      tracker: 0,
      "django-adapter": 1,
      reconciler: 0,
    });
    expect(containerOf("django-adapter")).toMatchObject({ resources: { cpuIdle: false } });
  });
});

describe("rights", () => {
  const grants = estate.filter(({ type }) => /iam(Member|Binding|Policy)$/i.test(type));

  it("are given to nobody in general, and by single grants only", () => {
    expect(grants.length).toBeGreaterThan(20);
    expect(grants.filter(({ type }) => !type.endsWith("IAMMember") && !type.endsWith("IamMember"))).toEqual([]);
    expect(JSON.stringify(estate)).not.toMatch(/allUsers|allAuthenticatedUsers/);
  });

  it.each(SERVICES)("let no call from the internet reach %s", (service) => {
    expect(serviceOf(service)).toMatchObject({ ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" });
  });

  it("let the reconciler reach the adapter from inside", () => {
    expect(serviceOf("reconciler")).toMatchObject({ template: { vpcAccess: { egress: "ALL_TRAFFIC" } } });
    expect([...allOf(estate, "gcp:compute/subnetwork:Subnetwork").values()]).toMatchObject([{ privateIpGoogleAccess: true }]);
  });

  it("over the whole project are Firestore's for those that work there, and events'", () => {
    const wide = [...allOf(estate, "gcp:projects/iAMMember:IAMMember").values()].map(
      (grant) => `${String(valueAt(grant, "member"))} ${String(valueAt(grant, "role"))}`,
    );
    expect(wide.toSorted()).toEqual(
      [
        `serviceAccount:${CALLER} roles/eventarc.eventReceiver`,
        `${account("reconciler")} roles/datastore.user`,
        `${account("tracker")} roles/datastore.user`,
      ].toSorted(),
    );
  });

  it("to publish end at a side's own topics and the dead letters", () => {
    const published = (service: ServiceName) =>
      [...allOf(estate, "gcp:pubsub/topicIAMMember:TopicIAMMember").values()]
        .filter((grant) => valueAt(grant, "member") === account(service))
        .map((grant) => valueAt(grant, "topic"));
    expect(published("tracker").toSorted()).toEqual(["member-apply-firestore", "member-changes-firestore", "member-dead-letters"]);
    expect(published("django-adapter").toSorted()).toEqual(["member-apply-django", "member-changes-django", "member-dead-letters"]);
  });
});
