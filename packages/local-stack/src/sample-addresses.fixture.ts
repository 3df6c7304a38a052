import type { StackAddresses } from "./stack-file.ts";

/** Addresses as a stack would have them, for tests. */
export const sampleAddresses: StackAddresses = {
  mode: "realtime",
  firestore: { host: "127.0.0.1:8080", projectId: "member-sync-local", backend: "sdk" },
  pubsub: { host: "127.0.0.1:8085", projectId: "member-sync-local", backend: "sdk" },
  django: {
    url: "http://127.0.0.1:8000/felagar",
    token: "token",
    backend: "django",
    adminUrl: "http://127.0.0.1:8000/felagar/admin/",
    adminUser: "admin",
    adminPassword: "password",
    manage: ["python3", "manage.py"],
  },
  tracker: { url: "http://127.0.0.1:8001" },
  djangoAdapter: { url: "http://127.0.0.1:8002" },
  reconciler: { url: "http://127.0.0.1:8003", token: "api-token" },
  console: { url: "http://127.0.0.1:8003/" },
};
