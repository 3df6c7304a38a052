import net from "node:net";
import { createFirestore } from "@member-sync/shared/firestore/client.ts";
import { FirestoreHubStore } from "./firestore-hub-store.ts";
import { hubEntry, groupEntries } from "./hub-entry.ts";
import { commitOf, refsOf, sampleHub, refOf } from "../contract/sample.ts";
const host = process.env.EMU ?? "";
const fs = createFirestore({ projectId: "bench-" + Date.now(), emulatorHost: host });
const store = new FirestoreHubStore(fs);
for (const round of [1, 2, 3, 4]) {
  const refs = refsOf("bench" + round, 2000);
  const commits = refs.map((r) => commitOf(sampleHub(r), null));
  let t = performance.now();
  groupEntries(commits.map((c) => hubEntry(fs, c)));
  const prep = performance.now() - t; t = performance.now(); let cpu = process.cpuUsage();
  await store.commit(commits);
  const c = performance.now() - t; const used = process.cpuUsage(cpu); t = performance.now();
  const b = []; for (let i = 0; i < 4000; i += 120) { const w = fs.batch(); for (let k = i; k < i + 120; k++) w.set(fs.doc(`x/${round}-${k}`), { a: 1 }); b.push(w.commit()); }
  await Promise.all(b);
  const raw = performance.now() - t;
  console.log(round, "create/s", Math.round(2e6 / c), "ms", Math.round(c), "prep ms", Math.round(prep), "node cpu ms", Math.round((used.user + used.system) / 1000), "raw tiny 4000 writes ms", Math.round(raw));
}
await fs.terminate();
const hole = net.createServer(() => {}).listen(0, "127.0.0.1");
await new Promise((r) => hole.once("listening", r));
const dead = createFirestore({ projectId: "hole", emulatorHost: `127.0.0.1:${(hole.address() as any).port}` });
for (const [name, call] of [["load", () => new FirestoreHubStore(dead).load([refOf("a")])], ["commit 200", () => new FirestoreHubStore(dead).commit(refsOf("x", 200).map((r) => commitOf(sampleHub(r), null)))], ["due", () => new FirestoreHubStore(dead).due(null, 5)]] as const) {
  const t = performance.now();
  await call().then(() => console.log("??"), (e: any) => console.log(name, e.code, Math.round(performance.now() - t), "ms", e.details));
}
process.exit(0);
