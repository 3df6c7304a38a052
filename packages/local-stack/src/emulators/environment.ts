import { answers, waitFor } from "../wait-for.ts";
import type { Emulator } from "./emulator.ts";

/** Uses an emulator that the environment names (`FIRESTORE_EMULATOR_HOST`, `PUBSUB_EMULATOR_HOST`). It is not ours to stop. */
export async function givenEmulator(name: string, host: string, signal: AbortSignal): Promise<Emulator> {
  await waitFor(() => answers(`http://${host}/`), { what: `an answer of the ${name} emulator at ${host}`, deadlineMs: 5_000, signal });
  return { host, backend: "environment", process: undefined, stop: async () => {} };
}
