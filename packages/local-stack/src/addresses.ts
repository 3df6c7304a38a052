import type { DjangoAccess, RunningDjango } from "./django/django.ts";
import type { Secrets } from "./secrets.ts";
import type { StackAddresses } from "./stack-file.ts";
import { ADMIN_USER, PROJECT_ID } from "./stack-names.ts";
import type { LocalService, StackOptions } from "./stack-options.ts";

interface Host {
  readonly host: string;
  readonly backend: string;
}

/** What `.local/stack.json` says of a stack. */
export function addressesOf(
  options: StackOptions,
  emulators: { readonly firestore: Host; readonly pubsub: Host },
  django: RunningDjango,
  ports: Readonly<Record<LocalService, number>>,
  secrets: Secrets,
): StackAddresses {
  const emulator = ({ host, backend }: Host) => ({ host, projectId: PROJECT_ID, backend });
  return {
    mode: options.mode ?? "realtime",
    firestore: emulator(emulators.firestore),
    pubsub: emulator(emulators.pubsub),
    django: {
      url: django.url,
      token: secrets.djangoToken,
      backend: django.backend,
      adminUrl: django.adminUrl,
      adminUser: ADMIN_USER,
      adminPassword: secrets.adminPassword,
      manage: django.manage,
    },
    tracker: { url: urlOf(ports.tracker) },
    djangoAdapter: { url: urlOf(ports.djangoAdapter) },
    reconciler: { url: urlOf(ports.reconciler), token: secrets.apiToken },
    console: { url: `${urlOf(ports.reconciler)}/` },
  };
}

/** What Django is started with. */
export function djangoAccess(secrets: Secrets, adapterPort: number): DjangoAccess {
  return {
    token: secrets.djangoToken,
    secretKey: secrets.djangoSecretKey,
    adminUser: ADMIN_USER,
    adminPassword: secrets.adminPassword,
    nudgeUrl: `${urlOf(adapterPort)}/hooks/django`,
    nudgeSecret: secrets.webhookSecret,
  };
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}
