import type { LocalService } from "../../src/stack-options.ts";
import type { EmulatorName, Proxied } from "../world/proxies.ts";
import type { TcpProxy } from "../world/tcp-proxy.ts";
import { between, lasting, type Fault, type Faults, type Scene } from "./fault.ts";

interface Line {
  readonly service: LocalService;
  readonly emulator: EmulatorName;
  readonly texts: readonly [string, ...string[]];
}

/** Every line between a service and an emulator, and texts of the requests whose answers are worth cutting on it. */
const LINES: readonly [Line, ...Line[]] = [
  { service: "reconciler", emulator: "firestore", texts: ["sync_members", "sync_history"] },
  { service: "reconciler", emulator: "pubsub", texts: ["member-apply-django", "member-apply-firestore"] },
  { service: "tracker", emulator: "firestore", texts: ["write_id", "documents/members/"] },
  { service: "tracker", emulator: "pubsub", texts: ["member-changes-firestore"] },
  { service: "djangoAdapter", emulator: "pubsub", texts: ["member-changes-django"] },
];

/** The proxies that these faults need. */
export const PROXIED: Proxied = {
  reconciler: ["firestore", "pubsub"],
  tracker: ["firestore", "pubsub"],
  djangoAdapter: ["pubsub"],
};

export const NETWORK_FAULTS: Faults = [
  fault("latency", async (proxy, scene) => {
    proxy.latencyMs = between(scene, 20, 400);
    await lasting(scene, between(scene, 2_000, 8_000));
    proxy.latencyMs = 0;
  }),
  fault("slow line", async (proxy, scene) => {
    proxy.bytesPerSecond = between(scene, 20_000, 100_000);
    await lasting(scene, between(scene, 2_000, 8_000));
    proxy.bytesPerSecond = undefined;
  }),
  fault("black hole", async (proxy, scene) => {
    proxy.mode = "hole";
    await lasting(scene, between(scene, 1_000, 12_000));
    proxy.mode = "pass";
  }),
  fault("connections refused", async (proxy, scene) => {
    proxy.mode = "refuse";
    proxy.reset();
    await lasting(scene, between(scene, 500, 5_000));
    proxy.mode = "pass";
  }),
  fault("connections reset", async (proxy, scene) => {
    for (let left = 1 + scene.tape.below(6); left > 0; left -= 1) {
      proxy.reset();
      await lasting(scene, 500);
    }
  }),
  fault("answers cut", async (proxy, scene, texts) => {
    const cut = proxy.cutAnswerOf(scene.tape.pick(texts), 1 + scene.tape.below(3));
    for (let waited = 0; cut.met() === 0 && waited < 40; waited += 1) await lasting(scene, 100);
  }),
];

function fault(kind: string, work: (proxy: TcpProxy, scene: Scene, texts: readonly [string, ...string[]]) => Promise<void>): Fault {
  return {
    kind,
    run(scene) {
      const { service, emulator, texts } = scene.tape.pick(LINES);
      return work(scene.world.proxies[service][emulator], scene, texts);
    },
  };
}

/** Every line whole again. */
export function healLines({ proxies }: Scene["world"]): void {
  for (const { service, emulator } of LINES) {
    const proxy = proxies[service][emulator];
    proxy.mode = "pass";
    proxy.latencyMs = 0;
    proxy.bytesPerSecond = undefined;
  }
}
