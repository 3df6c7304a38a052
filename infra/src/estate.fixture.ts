import { runtime } from "@pulumi/pulumi";
import { invariant } from "@member-sync/shared/errors/sync-error.ts";
import type { StackConfig } from "./stack-config.ts";

/** One thing of the estate, with all that it is declared with. */
export interface Declared {
  readonly type: string;
  readonly name: string;
  readonly inputs: unknown;
}

const config: StackConfig = {
  project: "example",
  projectNumber: "123456789012",
  region: "europe-north1",
  firestoreLocation: "eur3",
  images: { repository: "europe-north1-docker.pkg.dev/example/member-sync", tag: "1.0.0" },
  djangoUrl: "https://felag.example.is/felagar",
  mode: "realtime",
  logLevel: "info",
};

export const CALLER = "member-sync-caller@example.iam.gserviceaccount.com";

/** Stands mocks in for Pulumi's engine and Google, and gives the list that fills with what is declared from now on. */
export async function recordEstate(): Promise<readonly Declared[]> {
  const declared: Declared[] = [];
  await runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        declared.push({ type, name, inputs });
        return { id: idOf(type, name), state: { ...inputs, ...computed(type, inputs) } };
      },
      call: ({ token }) => {
        throw new Error(`the estate asks Google for ${token}`);
      },
    },
    "member-sync",
    "test",
    false,
  );
  return declared;
}

/** Declares the estate and gives what was declared. The mocks must stand before anything of Google's is imported, hence the late import. */
export async function declareEstate(changes: Partial<StackConfig> = {}): Promise<readonly Declared[]> {
  const declared = await recordEstate();
  const { createStack } = await import("./stack.ts");
  createStack({ ...config, ...changes });
  await runtime.disconnect();
  return declared;
}

function idOf(type: string, name: string): string {
  return type === "gcp:pubsub/topic:Topic" ? `projects/example/topics/${name}` : `id-of-${name}`;
}

/** What Google would fill in. */
function computed(type: string, inputs: { readonly [name: string]: unknown }): object {
  if (type !== "gcp:serviceaccount/account:Account") return {};
  const email = `${String(inputs["accountId"])}@example.iam.gserviceaccount.com`;
  return {
    email,
    uniqueId: `id-of-${String(inputs["accountId"])}`,
    name: `projects/example/serviceAccounts/${email}`,
    member: `serviceAccount:${email}`,
  };
}

/** Everything of a type, by its name. */
export function allOf(estate: readonly Declared[], type: string): ReadonlyMap<string, unknown> {
  const found = estate.filter((one) => one.type === type).map(({ name, inputs }) => [name, inputs] as const);
  invariant(found.length > 0, `the estate has something of type ${type}`);
  return new Map(found);
}
