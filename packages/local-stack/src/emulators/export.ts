import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const NAME = "members";

/** The export that a former start left, when there is one. */
export function exportIn(dataDir: string): string | undefined {
  const file = join(dataDir, "firestore", NAME, `${NAME}.overall_export_metadata`);
  return existsSync(file) ? file : undefined;
}

/** Has the Firestore emulator write all its documents below `dataDir`. It forgets them when it stops. */
export async function exportFirestore(host: string, projectId: string, dataDir: string): Promise<void> {
  const folder = join(dataDir, "firestore");
  mkdirSync(folder, { recursive: true });
  const response = await fetch(`http://${host}/emulator/v1/projects/${projectId}:export`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer owner" },
    body: JSON.stringify({ database: `projects/${projectId}/databases/(default)`, export_directory: folder, export_name: NAME }),
    signal: AbortSignal.timeout(3_000),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`the Firestore emulator did not export: ${response.status} ${answer.slice(0, 200)}`);
}
