import { errorBody } from "@member-sync/shared/http/error-answer.ts";
import { z } from "zod";
import type { UseCases } from "../use-cases.ts";
import { commonErrors, errorAnswer, security } from "../wire.ts";
import type { ZodApp } from "../zod-app.ts";
import { looksSchema } from "./schedule.ts";
import {
  lookupAnswer,
  lookupBody,
  memberParams,
  memberSchema,
  memberToWire,
  timelineList,
  timelineQuery,
  timelineToWire,
} from "./members.schema.ts";

const tags = ["members"];
const unheard = errorBody("not_found", "No such member has been heard of.");

export function memberRoutes(api: ZodApp, useCases: UseCases): void {
  api.post(
    "/members/lookup",
    {
      schema: {
        tags,
        security,
        operationId: "lookupMember",
        summary: "The reference of a kennitala, which is never put in a URL",
        body: lookupBody,
        response: { 200: lookupAnswer, ...commonErrors },
      },
    },
    async ({ body }, reply) => {
      const outcome = await useCases.lookup(body.kennitala);
      if (outcome.kind === "invalid") return reply.code(400).send(errorBody("kennitala_invalid", outcome.reason));
      return { memberRef: outcome.memberRef };
    },
  );

  api.get(
    "/members/:memberRef",
    {
      schema: {
        tags,
        security,
        operationId: "getMember",
        summary: "What is agreed, what each side holds, and since when they are equal",
        params: memberParams,
        response: { 200: memberSchema, ...commonErrors, 404: errorAnswer },
      },
    },
    async ({ params }, reply) => {
      const view = await useCases.member(params.memberRef);
      return view === undefined ? reply.code(404).send(unheard) : memberToWire(view);
    },
  );

  api.post(
    "/members/:memberRef/sync",
    {
      schema: {
        tags,
        security,
        operationId: "syncMember",
        summary: "Asks both sides what they hold now of a member; what they answer is taken in like any change",
        params: memberParams,
        response: { 202: z.object({ looks: looksSchema }), ...commonErrors, 404: errorAnswer },
      },
    },
    async ({ params }, reply) => {
      const looks = await useCases.syncMember(params.memberRef);
      return looks === undefined ? reply.code(404).send(unheard) : reply.code(202).send({ looks: { ...looks } });
    },
  );

  api.get(
    "/members/:memberRef/timeline",
    {
      schema: {
        tags,
        security,
        operationId: "getTimeline",
        summary: "What became of each edit, newest first",
        params: memberParams,
        querystring: timelineQuery,
        response: { 200: timelineList, ...commonErrors },
      },
    },
    async ({ params, query: { cursor = null, limit } }) => {
      const page = await useCases.timeline(params.memberRef, cursor, limit);
      return { items: page.items.map(timelineToWire), next: page.next };
    },
  );
}
