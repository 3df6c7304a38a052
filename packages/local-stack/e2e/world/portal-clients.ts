import { randomUUID } from "node:crypto";
import { deleteApp as deleteAdminApp, initializeApp as initializeAdminApp } from "firebase-admin/app";
import { FieldValue, getFirestore as getAdminFirestore } from "firebase-admin/firestore";
import { deleteApp, initializeApp } from "firebase/app";
import {
  connectFirestoreEmulator,
  deleteDoc,
  deleteField,
  doc,
  getDoc,
  getFirestore,
  setDoc,
  updateDoc,
  type DocumentData,
} from "firebase/firestore";
import type { EmulatorAddress } from "../../src/stack-file.ts";
import type { World } from "./world.ts";

export const SDKS = ["the web SDK", "firebase-admin"] as const;
export type Sdk = (typeof SDKS)[number];

/** A portal as its developers write it: a program on one of Firebase's own libraries. */
export interface PortalClient {
  /** `set()` without merge: the document is what is given, and nothing else. */
  set(id: string, document: DocumentData): Promise<void>;
  /** `update()` of single paths, such as `profile.phone`, or of a whole map. */
  update(id: string, paths: DocumentData): Promise<void>;
  remove(id: string): Promise<void>;
  read(id: string): Promise<DocumentData>;
  /** What `update()` takes to delete a field. */
  readonly deletion: unknown;
}

/** Both libraries, connected as portals do. What they write counts as people's edits; they end with the world. */
export function portalClients(world: World): (sdk: Sdk) => PortalClient {
  const { firestore } = world.stack.addresses;
  const clients = { "the web SDK": webClient(firestore), "firebase-admin": adminClient(firestore) };
  for (const client of Object.values(clients)) world.portal.endsWithIt(client);
  const counted = (work: Promise<unknown>) => world.portal.byAnotherClient(work);
  return (sdk) => ({
    read: clients[sdk].read,
    deletion: clients[sdk].deletion,
    set: (id, document) => counted(clients[sdk].set(id, document)),
    update: (id, paths) => counted(clients[sdk].update(id, paths)),
    remove: (id) => counted(clients[sdk].remove(id)),
  });
}

/** In a member's own browser: it speaks with the member's own token. */
function webClient({ host, projectId }: EmulatorAddress): PortalClient & AsyncDisposable {
  const app = initializeApp({ projectId, apiKey: "none" }, randomUUID());
  const firestore = getFirestore(app);
  const [hostname = "", port] = host.split(":");
  connectFirestoreEmulator(firestore, hostname, Number(port), { mockUserToken: { sub: "a-member" } });
  const member = (id: string) => doc(firestore, "members", id);
  return {
    set: (id, document) => setDoc(member(id), document),
    update: (id, paths) => updateDoc(member(id), paths),
    remove: (id) => deleteDoc(member(id)),
    read: async (id) => (await getDoc(member(id))).data() ?? {},
    deletion: deleteField(),
    [Symbol.asyncDispose]: () => deleteApp(app),
  };
}

/** On the portal's server: it is told of the emulator by the environment only. */
function adminClient({ host, projectId }: EmulatorAddress): PortalClient & AsyncDisposable {
  const before = process.env["FIRESTORE_EMULATOR_HOST"];
  process.env["FIRESTORE_EMULATOR_HOST"] = host;
  const app = initializeAdminApp({ projectId }, randomUUID());
  const members = getAdminFirestore(app).collection("members");
  if (before === undefined) delete process.env["FIRESTORE_EMULATOR_HOST"];
  else process.env["FIRESTORE_EMULATOR_HOST"] = before;
  return {
    set: async (id, document) => void (await members.doc(id).set(document)),
    update: async (id, paths) => void (await members.doc(id).update(paths)),
    remove: async (id) => void (await members.doc(id).delete()),
    read: async (id) => (await members.doc(id).get()).data() ?? {},
    deletion: FieldValue.delete(),
    [Symbol.asyncDispose]: () => deleteAdminApp(app),
  };
}
