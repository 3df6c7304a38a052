import { actorHeaders, actorOf } from "../actor.ts";
import type { UseCases } from "../use-cases.ts";
import { commonErrors, security } from "../wire.ts";
import type { ZodApp } from "../zod-app.ts";
import { controlBody, controlSchema, controlToWire, statusSchema, statusToWire } from "./operation.schema.ts";

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
}
