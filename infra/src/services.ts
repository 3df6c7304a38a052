import type { ServiceName } from "@member-sync/shared/topology.ts";
import { cloudrunv2, type compute, type types } from "@pulumi/gcp";
import type { Accounts } from "./accounts.ts";
import { cloudName, SERVICES } from "./names.ts";
import { SECRETS_OF, type Secrets } from "./secrets.ts";
import { serviceEnv } from "./service-env.ts";
import type { StackConfig } from "./stack-config.ts";

interface Sizing {
  readonly minInstances: number;
  readonly maxInstances: number;
  /** Requests at once. Members are grouped inside a process, so few instances with many requests beat the contrary. */
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  /** Whether it works between requests too. */
  readonly alwaysOn: boolean;
}

const SIZING: Readonly<Record<ServiceName, Sizing>> = {
  tracker: { minInstances: 0, maxInstances: 4, concurrency: 40, timeoutSeconds: 60, alwaysOn: false },
  // It polls Django's outbox, so that one instance must live, with a processor also when nobody calls.
  "django-adapter": { minInstances: 1, maxInstances: 2, concurrency: 40, timeoutSeconds: 300, alwaysOn: true },
  // A flush may take its time; half an hour is also the scheduler's own limit. A bulk replay goes on after its answer.
  reconciler: { minInstances: 0, maxInstances: 4, concurrency: 40, timeoutSeconds: 1_800, alwaysOn: true },
};

export interface ServiceParts {
  readonly accounts: Accounts;
  readonly secrets: Secrets;
  readonly subnet: compute.Subnetwork;
}

export type Services = Readonly<Record<ServiceName, cloudrunv2.Service>>;

/** Creates the three services. None can be reached from the internet, and each checks its callers itself. */
export function createServices(config: StackConfig, parts: ServiceParts): Services {
  const services = {
    tracker: createService("tracker", config, parts),
    "django-adapter": createService("django-adapter", config, parts),
    reconciler: createService("reconciler", config, parts),
  };
  for (const service of SERVICES) {
    new cloudrunv2.ServiceIamMember(`caller-invokes-${service}`, {
      name: services[service].name,
      location: config.region,
      role: "roles/run.invoker",
      member: parts.accounts.caller.member,
    });
  }
  return services;
}

function createService(service: ServiceName, config: StackConfig, parts: ServiceParts): cloudrunv2.Service {
  const name = cloudName(service);
  const args: cloudrunv2.ServiceArgs = {
    name,
    location: config.region,
    ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY",
    // Cloud Run's own check takes the signature off the token, and the service could not check it any more. It has to:
    // the same address takes pushes, schedules and bearers of our own tokens.
    invokerIamDisabled: true,
    // Nothing is kept in a service: it may be made anew.
    deletionProtection: false,
    template: templateOf(service, config, parts),
  };
  return new cloudrunv2.Service(name, args, { dependsOn: [...parts.secrets.grantsOf(service)] });
}

function templateOf(
  service: ServiceName,
  config: StackConfig,
  { accounts, secrets, subnet }: ServiceParts,
): types.input.cloudrunv2.ServiceTemplate {
  const { minInstances, maxInstances, concurrency, timeoutSeconds, alwaysOn } = SIZING[service];
  const plain = Object.entries(serviceEnv(service, config, accounts)).map(([name, value]) => ({ name, value }));
  const secret = SECRETS_OF[service].map((name) => ({
    name,
    valueSource: { secretKeyRef: { secret: secrets.secretOf(name).secretId, version: "latest" } },
  }));
  return {
    serviceAccount: accounts.services[service].email,
    scaling: { minInstanceCount: minInstances, maxInstanceCount: maxInstances },
    maxInstanceRequestConcurrency: concurrency,
    timeout: `${timeoutSeconds}s`,
    ...(service === "reconciler" && { vpcAccess: { egress: "ALL_TRAFFIC", networkInterfaces: [{ subnetwork: subnet.id }] } }),
    containers: [
      {
        image: `${config.images.repository}/${service}:${config.images.tag}`,
        ports: { containerPort: 8080 },
        envs: [...plain, ...secret],
        resources: { limits: { cpu: "1", memory: "1Gi" }, cpuIdle: !alwaysOn, startupCpuBoost: true },
        startupProbe: { httpGet: { path: "/healthz" }, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 30 },
        livenessProbe: { httpGet: { path: "/healthz" }, periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 3 },
      },
    ],
  };
}
