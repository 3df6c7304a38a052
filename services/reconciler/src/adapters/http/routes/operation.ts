import { errorBody } from "@member-sync/shared/http/error-answer.ts";
import { actorHeaders, actorOf } from "../actor.ts";
import type { UseCases } from "../use-cases.ts";
import { commonErrors, errorAnswer, security } from "../wire.ts";
import type { ZodApp } from "../zod-app.ts";
import {
  confirmationSchema,
  controlBody,
  controlSchema,
  controlToWire,
  restoreBody,
  restoreToWire,
  statusSchema,
  statusToWire,
} from "./operation.schema.ts";

const tags = ["operation"];

export function operationRoutes(api: ZodApp, useCases: UseCases): void {
  api.get(
    "/status",
    {
      schema: {
        tags,
        security,
        operationId: "getStatus",
        summary: "How the sync stands now",
        response: { 200: statusSchema, ...commonErrors },
      },
    },
    async () => statusToWire(await useCases.status()),
  );

  api.post(
    "/control",
    {
      schema: {
        tags,
        security,
        headers: actorHeaders,
        operationId: "setControl",
        summary: "Pauses, resumes, opens or closes a direction; intake goes on, nothing is lost",
        body: controlBody,
        response: { 200: controlSchema, ...commonErrors },
      },
    },
    async (request) => {
      const { paused, direction, reason } = request.body;
      const change = {
        ...(paused !== undefined && { paused }),
        ...(direction !== undefined && { direction }),
        ...(reason !== undefined && { reason }),
      };
      return controlToWire(await useCases.control(change, actorOf(request)));
    },
  );

  api.post(
    "/control/restores",
    {
      schema: {
        tags,
        security,
        headers: actorHeaders,
        operationId: "confirmRestore",
        summary:
          "Confirms that a side was restored from a backup; the members that wait for it are planned, and it no longer holds back commands",
        body: restoreBody,
        response: { 200: confirmationSchema, ...commonErrors, 422: errorAnswer },
      },
    },
    async (request, reply) => {
      const { lineage, ...restore } = request.body;
      const outcome = await useCases.confirmRestore({ ...restore, ...(lineage !== undefined && { lineage }) }, actorOf(request));
      if (outcome.kind === "confirmed") return { ...restoreToWire(outcome.restore), wasSuspected: outcome.wasSuspected };
      const { lineages } = outcome;
      return reply
        .code(422)
        .send(errorBody("lineage_ambiguous", "Name the lineage that the side tells now, one of those heard.", { lineages }));
    },
  );
}
