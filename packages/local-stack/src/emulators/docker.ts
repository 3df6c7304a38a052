import { getContainerRuntimeClient, GenericContainer, TestContainers, Wait, type StartedTestContainer } from "testcontainers";
import type { Parts } from "../parts.ts";
import type { Emulator, EmulatorSource, Found } from "./emulator.ts";

/** Google's image with all emulators in it. */
const IMAGE = "gcr.io/google.com/cloudsdktool/google-cloud-cli:emulators";
const FIRESTORE_PORT = 8080;
const PUBSUB_PORT = 8085;
/** Name by which testcontainers lets a container reach this machine. */
const THIS_MACHINE = "host.testcontainers.internal";

/** The same emulators in containers, or why there can be none. `DOCKER_HOST` is honoured. */
export async function dockerEmulators(parts: Parts): Promise<Found<EmulatorSource>> {
  try {
    await getContainerRuntimeClient();
  } catch {
    return { missing: "there is no container engine that answers (Docker, Podman; DOCKER_HOST is honoured)" };
  }
  return {
    found: {
      backend: "docker",
      callbackHost: THIS_MACHINE,
      async startFirestore(plan) {
        await TestContainers.exposeHostPorts(plan.relayPort);
        if (plan.importFrom() !== undefined)
          parts.progress.note("Firestore in Docker begins empty: --data is kept by the SDK's emulator only");
        const command =
          'exec java -Xmx1g -XX:+UseSerialGC -cp "$(find / -name cloud-firestore-emulator.jar 2>/dev/null | head -n 1)" ' +
          "com.google.cloud.datastore.emulator.firestore.CloudFirestore start --host=0.0.0.0 " +
          `--port=${FIRESTORE_PORT} --functions_emulator=${THIS_MACHINE}:${plan.relayPort}`;
        return started(await container(command, FIRESTORE_PORT, plan.firestorePort).start(), FIRESTORE_PORT);
      },
      async startPubSub(plan) {
        await TestContainers.exposeHostPorts(...plan.pushPorts);
        const command =
          'exec java -Xmx512m -XX:+UseSerialGC -jar "$(find / -name "cloud-pubsub-emulator-*-all.jar" 2>/dev/null | head -n 1)" ' +
          `--host=0.0.0.0 --port=${PUBSUB_PORT}`;
        return started(await container(command, PUBSUB_PORT, plan.pubsubPort).start(), PUBSUB_PORT);
      },
    },
  };
}

function container(command: string, inside: number, outside: number): GenericContainer {
  return new GenericContainer(IMAGE)
    .withEntrypoint(["/bin/sh", "-c"])
    .withCommand([command])
    .withExposedPorts({ container: inside, host: outside })
    .withWaitStrategy(Wait.forHttp("/", inside))
    .withStartupTimeout(80_000);
}

function started(running: StartedTestContainer, inside: number): Emulator {
  return {
    host: `${running.getHost()}:${running.getMappedPort(inside)}`,
    backend: "docker",
    process: undefined,
    stop: async () => {
      await running.stop({ timeout: 2_000 });
    },
  };
}
