import { errorBody } from "@member-sync/shared/http/error-answer.ts";
import { actorHeaders, actorOf } from "../actor.ts";
import type { UseCases } from "../use-cases.ts";
import { commonErrors, errorAnswer, security } from "../wire.ts";
import type { ZodApp } from "../zod-app.ts";
import {
  conflictList,
  conflictParams,
  conflictQuery,
  conflictSchema,
  conflictToWire,
  decisionBody,
  outdatedAnswer,
} from "./conflicts.schema.ts";

const tags = ["conflicts"];
const unknown = errorBody("not_found", "There is no such conflict.");

export function conflictRoutes(api: ZodApp, useCases: UseCases): void {
  api.get(
    "/conflicts",
    {
      schema: {
        tags,
        security,
        operationId: "listConflicts",
        summary: "Conflicts, newest first",
        querystring: conflictQuery,
        response: { 200: conflictList, ...commonErrors },
      },
    },
    async ({ query: { state, memberRef, cursor = null, limit } }) => {
      const page = await useCases.conflicts({ state, ...(memberRef !== undefined && { memberRef }) }, cursor, limit);
      return { items: page.items.map(conflictToWire), next: page.next };
    },
  );

  api.get(
    "/conflicts/:id",
    {
      schema: {
        tags,
        security,
        operationId: "getConflict",
        summary: "One conflict as it stands now",
        params: conflictParams,
        response: { 200: conflictSchema, ...commonErrors, 404: errorAnswer },
      },
    },
    async ({ params }, reply) => {
      const conflict = await useCases.conflict(params.id);
      return conflict === undefined ? reply.code(404).send(unknown) : conflictToWire(conflict);
    },
  );

  api.post(
    "/conflicts/:id/resolve",
    {
      schema: {
        tags,
        security,
        headers: actorHeaders,
        operationId: "resolveConflict",
        summary: "Decides a conflict on the versions that `expected` names",
        params: conflictParams,
        body: decisionBody,
        response: { 200: conflictSchema, ...commonErrors, 404: errorAnswer, 409: outdatedAnswer, 422: errorAnswer },
      },
    },
    async (request, reply) => {
      const { note, ...chosen } = request.body;
      const decision = note === undefined || note === null ? chosen : { ...chosen, note };
      const outcome = await useCases.decide(request.params.id, decision, actorOf(request));
      switch (outcome.kind) {
        case "decided":
          return conflictToWire(outcome.conflict);
        case "outdated": {
          const conflict = conflictToWire(outcome.conflict);
          const body = errorBody("outdated", "The conflict has changed since it was read; look at it as it stands now.", { conflict });
          return reply.code(409).send({ ...body, conflict });
        }
        case "nobody-there":
          return reply.code(422).send(errorBody("nobody_there", "That side has no such member, so it holds no value to choose."));
        case "unread":
          return reply
            .code(422)
            .send(errorBody("unread", "What that side holds was not read since the field was mapped; run a backfill first."));
        case "unknown":
          return reply.code(404).send(unknown);
        case "invalid":
          return reply.code(422).send(errorBody("invalid_value", outcome.reason));
      }
    },
  );
}
