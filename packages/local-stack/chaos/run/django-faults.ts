import { between, lasting, type Faults, type Scene } from "./fault.ts";

const PATHS = ["api/sync/apply/", "api/sync/changes/", "api/sync/mark-synced/", "api/sync/"] as const;

/** Django answers in ways that it should not. */
export const DJANGO_FAULTS: Faults = [
  {
    kind: "Django's reply lost",
    run: (scene) => met(scene, scene.djangoProxy.next({ ...target(scene), kind: "reply-lost" })),
  },
  {
    kind: "Django answers 5xx",
    run: (scene) => {
      const status = scene.tape.pick([500, 502, 503]);
      return met(scene, scene.djangoProxy.next({ ...target(scene), kind: "answer", status, body: "<html>no</html>" }));
    },
  },
  {
    kind: "Django answers 429",
    run: (scene) =>
      met(scene, scene.djangoProxy.next({ ...target(scene), kind: "answer", status: 429, body: "{}", headers: { "retry-after": "2" } })),
  },
  {
    kind: "Django is slow",
    run: (scene) => met(scene, scene.djangoProxy.next({ ...target(scene), kind: "held", forMs: between(scene, 500, 12_000) })),
  },
  {
    kind: "Django answers with half of it",
    run: (scene) => met(scene, scene.djangoProxy.next({ ...target(scene), kind: "answer", status: 200, body: '{"results": [{"ssn": "01' })),
  },
  {
    kind: "Django says done and did nothing",
    run: (scene) =>
      met(scene, scene.djangoProxy.next({ path: "api/sync/apply/", times: 1, kind: "fabricated", answer: () => '{"results": []}' })),
  },
];

function target({ tape }: Scene): { readonly path: string; readonly times: number } {
  return { path: tape.pick(PATHS), times: 1 + tape.below(3) };
}

/** Over once it has befallen a request, or when none has come for a while. */
async function met(scene: Scene, fault: { met(): number }): Promise<void> {
  for (let waited = 0; fault.met() === 0 && waited < 50; waited += 1) await lasting(scene, 100);
}
