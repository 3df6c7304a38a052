import { fastify, type FastifyInstance } from "fastify";
import { z } from "zod";
import { takeEmptyJson } from "@member-sync/shared/http/empty-json.ts";
import type { FakeFirestore } from "@member-sync/fakes/firestore/fake-firestore.ts";
import type { DocumentData, Snapshot } from "@member-sync/fakes/firestore/documents.ts";
import { valueAt, withPath } from "@member-sync/fakes/firestore/paths.ts";
import { BadValue, fromFields, toFields } from "./typed-json.ts";

const oneOrMore = z.union([z.string().transform((only) => [only]), z.array(z.string())]).optional();
const patchQuery = z.object({ "updateMask.fieldPaths": oneOrMore });
const listQuery = z.object({ pageSize: z.coerce.number().int().min(1).max(1000).default(300), pageToken: z.string().optional() });
const body = z.object({ fields: z.unknown().optional() }).nullish();
const getQuery = z.object({ "mask.fieldPaths": oneOrMore });
const ANYONE = { authType: null, authId: null } as const;

/** The part of Firestore's REST interface that members are read and edited by: get, list, patch with a mask, delete. */
export function createDocumentsServer(documents: FakeFirestore, projectId: string): FastifyInstance {
  const app = fastify({ logger: false, bodyLimit: 4 * 1024 * 1024, forceCloseConnections: true });
  takeEmptyJson(app);
  const parent = `projects/${projectId}/databases/(default)/documents/members`;
  const wire = (id: string, { data, revision }: Snapshot) => ({
    name: `${parent}/${id}`,
    fields: toFields(data),
    updateTime: timeOf(revision),
  });
  const notFound = (id: string) => failure(404, "NOT_FOUND", `Document "${parent}/${id}" not found.`);

  app.setErrorHandler((error, _request, reply) => {
    const isTheirs = error instanceof BadValue || error instanceof z.ZodError || (error instanceof Error && "statusCode" in error);
    const answer = isTheirs ? failure(400, "INVALID_ARGUMENT", "The request cannot be read.") : failure(500, "INTERNAL", "It failed.");
    return reply.code(answer.error.code).send(answer);
  });
  app.get("/", () => "Ok\n");
  app.register(
    async (routes) => {
      routes.get("", (request) => {
        const { pageSize, pageToken } = listQuery.parse(request.query);
        const found = documents.page(pageToken ?? null, pageSize);
        const last = found.at(-1)?.[0];
        return {
          documents: found.map(([id, snapshot]) => wire(id, snapshot)),
          ...(found.length === pageSize && last !== undefined ? { nextPageToken: last } : {}),
        };
      });
      routes.get<{ Params: { id: string } }>("/:id", async (request, reply) => {
        const { id } = request.params;
        const mask = getQuery.parse(request.query)["mask.fieldPaths"];
        const snapshot = documents.get(id);
        return snapshot === undefined ? reply.code(404).send(notFound(id)) : wire(id, { ...snapshot, data: masked(snapshot.data, mask) });
      });
      routes.patch<{ Params: { id: string } }>("/:id", (request) => {
        const mask = patchQuery.parse(request.query)["updateMask.fieldPaths"];
        const data = fromFields(body.parse(request.body)?.fields);
        return wire(request.params.id, documents.patch(request.params.id, data, mask, ANYONE));
      });
      routes.delete<{ Params: { id: string } }>("/:id", (request) => {
        documents.delete(request.params.id, ANYONE);
        return {};
      });
    },
    { prefix: "/v1/projects/:project/databases/:database/documents/members" },
  );
  return app;
}

function masked(data: DocumentData, mask: readonly string[] | undefined): DocumentData {
  if (mask === undefined) return data;
  return mask.reduce<DocumentData>((shown, path) => {
    const value = valueAt(data, path);
    return value === undefined ? shown : withPath(shown, path, value);
  }, {});
}

function failure(code: number, status: string, message: string) {
  return { error: { code, status, message } };
}

/** Nanoseconds since the epoch as Firestore writes a time, to the microsecond. */
function timeOf(revision: string): string {
  const microseconds = BigInt(revision) / 1_000n;
  const date = new Date(Number(microseconds / 1_000n)).toISOString().slice(0, -1);
  return `${date}${String(microseconds % 1_000n).padStart(3, "0")}Z`;
}
