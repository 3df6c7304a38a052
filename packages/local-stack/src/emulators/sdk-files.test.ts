import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jarsUnder } from "./sdk-files.ts";

function sdkWith(...files: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), "sdk-"));
  for (const file of files) {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), "");
  }
  return root;
}

const FIRESTORE = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar";
const PUBSUB = "platform/pubsub-emulator/lib/cloud-pubsub-emulator-0.8.20-all.jar";

test("the first SDK that has both emulators is taken", () => {
  const [half, whole] = [sdkWith(FIRESTORE), sdkWith(FIRESTORE, PUBSUB)];
  expect(jarsUnder(["/no/such/sdk", half, whole])).toEqual({ firestoreJar: join(whole, FIRESTORE), pubsubJar: join(whole, PUBSUB) });
});

test("an SDK without its emulators is none", () => {
  expect(jarsUnder([sdkWith("bin/gcloud")])).toBeUndefined();
});
