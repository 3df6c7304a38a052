import { waitFor } from "./wait-for.ts";

/** Id of the trigger; it ends the path that the emulator posts to. */
export const TRIGGER_ID = "member-sync-tracker";

/** Path at which a trigger's events arrive, as the emulator builds it. */
export function triggerPath(projectId: string, triggerId: string): string {
  return `/functions/projects/${projectId}/triggers/${triggerId}`;
}

/** Registers an Eventarc trigger on writes below `pattern` at the Firestore emulator. The emulator forgets it when it restarts. */
export async function registerTrigger(host: string, projectId: string, triggerId: string, pattern: string): Promise<void> {
  const response = await fetch(`http://${host}/emulator/v1/projects/${projectId}/eventarcTrigger?eventarcTriggerId=${triggerId}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer owner" },
    body: JSON.stringify({
      eventType: "google.cloud.firestore.document.v1.written.withAuthContext",
      database: "(default)",
      namespace: "(default)",
      document: { value: pattern, matchType: "PATH_PATTERN" },
    }),
    signal: AbortSignal.timeout(8_000),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`the Firestore emulator refused the trigger: ${response.status} ${answer.slice(0, 200)}`);
}

const PROBE_ID = "member-sync-probe";

/**
 * Makes sure that an emulator which somebody else started sends its events to our relay: a write outside the members
 * must arrive. It does only if it was started with `--functions_emulator` naming the relay.
 */
export async function confirmDelivery(
  host: string,
  projectId: string,
  relay: { readonly port: number; hasSeen(triggerId: string): boolean },
  signal: AbortSignal,
): Promise<void> {
  await registerTrigger(host, projectId, PROBE_ID, "sync_probe/{id}");
  const response = await fetch(`http://${host}/v1/projects/${projectId}/databases/(default)/documents/sync_probe/relay`, {
    method: "PATCH",
    headers: { "content-type": "application/json", authorization: "Bearer owner" },
    body: JSON.stringify({ fields: { at: { timestampValue: new Date().toISOString() } } }),
    signal: AbortSignal.timeout(8_000),
  });
  await response.arrayBuffer();
  try {
    await waitFor(() => relay.hasSeen(PROBE_ID), { what: "an event of the given Firestore emulator", deadlineMs: 5_000, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Error(
      `the Firestore emulator at ${host} does not send its events here: start it with --functions_emulator=127.0.0.1:${relay.port} ` +
        `and set MEMBER_SYNC_RELAY_PORT=${relay.port}, or unset FIRESTORE_EMULATOR_HOST`,
      { cause: error },
    );
  }
}
