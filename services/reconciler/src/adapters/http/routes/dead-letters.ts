import { errorBody } from "@member-sync/shared/http/error-answer.ts";
import type { LetterOutcome } from "../../../app/replay-dead-letters.ts";
import { actorHeaders, actorOf } from "../actor.ts";
import type { UseCases } from "../use-cases.ts";
import { commonErrors, errorAnswer, security } from "../wire.ts";
import type { ZodApp } from "../zod-app.ts";
import {
  deadLetterList,
  deadLetterParams,
  deadLetterQuery,
  deadLetterSchema,
  deadLetterToWire,
  discardBody,
  replayBody,
} from "./dead-letters.schema.ts";
import { runSchema, runToWire } from "./runs.schema.ts";

const tags = ["dead letters"];
const letterAnswers = { 200: deadLetterSchema, ...commonErrors, 404: errorAnswer, 409: errorAnswer } as const;

export function deadLetterRoutes(api: ZodApp, useCases: UseCases): void {
  api.get(
    "/dead-letters",
    {
      schema: {
        tags,
        security,
        operationId: "listDeadLetters",
        summary: "Dead letters, newest first",
        querystring: deadLetterQuery,
        response: { 200: deadLetterList, ...commonErrors },
      },
    },
    async ({ query: { state, cause, cursor = null, limit } }) => {
      const page = await useCases.deadLetters({ state, ...(cause !== undefined && { cause }) }, cursor, limit);
      return { items: page.items.map(deadLetterToWire), next: page.next };
    },
  );

  api.post(
    "/dead-letters/:id/replay",
    {
      schema: {
        tags,
        security,
        headers: actorHeaders,
        operationId: "replayDeadLetter",
        summary: "Puts one back on its way",
        params: deadLetterParams,
        response: letterAnswers,
      },
    },
    async (request, reply) => {
      const answer = answerOf(await useCases.replay(request.params.id, actorOf(request)));
      return reply.code(answer.status).send(answer.body);
    },
  );

  api.post(
    "/dead-letters/:id/discard",
    {
      schema: {
        tags,
        security,
        headers: actorHeaders,
        operationId: "discardDeadLetter",
        summary: "Closes one without a replay; it is kept",
        params: deadLetterParams,
        body: discardBody,
        response: letterAnswers,
      },
    },
    async (request, reply) => {
      const answer = answerOf(await useCases.discard(request.params.id, request.body.reason, actorOf(request)));
      return reply.code(answer.status).send(answer.body);
    },
  );

  api.post(
    "/dead-letters/replay",
    {
      schema: {
        tags,
        security,
        headers: actorHeaders,
        operationId: "replayDeadLetters",
        summary: "Puts many back on their way, at a rate; the run tells how it went",
        body: replayBody,
        response: { 202: runSchema, ...commonErrors, 409: errorAnswer },
      },
    },
    async (request, reply) => {
      const {
        filter: { cause },
        ratePerSecond,
      } = request.body;
      const outcome = await useCases.replayMany(cause === undefined ? {} : { cause }, ratePerSecond, actorOf(request));
      if (outcome.kind === "started") return reply.code(202).send(runToWire(outcome.run));
      return reply.code(409).send(errorBody("run_in_progress", "A replay is running; wait until it has ended."));
    },
  );
}

function answerOf(outcome: LetterOutcome) {
  switch (outcome.kind) {
    case "done":
      return { status: 200, body: deadLetterToWire(outcome.letter) } as const;
    case "closed": {
      const letter = deadLetterToWire(outcome.letter);
      return { status: 409, body: errorBody("not_open", `The dead letter was ${letter.state} already.`, { letter }) } as const;
    }
    case "unknown":
      return { status: 404, body: errorBody("not_found", "There is no such dead letter.") } as const;
  }
}
