import { createServer, type IncomingMessage } from "node:http";
import { z } from "zod";

/** What a process that is one arm is told by its environment. */
export const armSettings = z.object({
  port: z.number(),
  projectId: z.string(),
  firestoreHost: z.string(),
  pubsubHost: z.string(),
  djangoUrl: z.string(),
  djangoToken: z.string(),
  memberRefKey: z.string(),
  delivery: z.enum(["push", "pull"]),
});
export type ArmSettings = z.infer<typeof armSettings>;

export const edits = z.array(z.object({ kennitala: z.string(), phone: z.string(), email: z.string() }));
export type Edits = z.infer<typeof edits>;

/** An arm as a process: what is posted to it. */
export interface ServedArm {
  /** Resolves when all that the arm does for these edits is done. */
  begin(given: Edits): Promise<void>;
  /** Takes an event of Firestore; answered 204 when it resolves. */
  event?(body: Buffer): Promise<void>;
  /** Takes a Pub/Sub push. */
  push?(body: Buffer): Promise<void>;
  /** Takes what the arm posts to itself. */
  webhook?(body: Buffer): Promise<void>;
  counts(): unknown;
}

/** Serves an arm on its port: `/begin`, `/events`, `/webhook`, `/counts`, and whatever is posted to `/pubsub/…`. */
export async function serveArm(arm: ServedArm, port: number): Promise<void> {
  const server = createServer((request, response) => {
    void answer(arm, request).then(
      (text) => response.writeHead(text === undefined ? 204 : 200, { "content-type": "application/json" }).end(text),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        response.writeHead(500).end();
      },
    );
  });
  server.keepAliveTimeout = 600_000;
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
}

async function answer(arm: ServedArm, request: IncomingMessage): Promise<string | undefined> {
  const body = await bodyOf(request);
  const path = request.url ?? "";
  if (path === "/counts") return JSON.stringify(arm.counts() ?? null);
  if (path === "/begin") await arm.begin(edits.parse(JSON.parse(body.toString("utf8"))));
  else if (path === "/events") await arm.event?.(body);
  else if (path === "/webhook") await arm.webhook?.(body);
  else if (path.startsWith("/pubsub/")) await arm.push?.(body);
  return undefined;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The settings as the harness wrote them into the environment. */
export function settingsIn(env: Readonly<Record<string, string | undefined>>): ArmSettings {
  return armSettings.parse(JSON.parse(env["ARM_SETTINGS"] ?? "null"));
}
