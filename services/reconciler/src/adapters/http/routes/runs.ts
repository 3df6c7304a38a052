import type { UseCases } from "../use-cases.ts";
import { commonErrors, security } from "../wire.ts";
import type { ZodApp } from "../zod-app.ts";
import { runList, runQuery, runToWire } from "./runs.schema.ts";
import { flushRoute } from "./schedule.ts";

export function runRoutes(api: ZodApp, useCases: UseCases): void {
  api.get(
    "/runs",
    {
      schema: {
        tags: ["runs"],
        security,
        operationId: "listRuns",
        summary: "Runs, latest first",
        querystring: runQuery,
        response: { 200: runList, ...commonErrors },
      },
    },
    async ({ query: { cursor = null, limit } }) => {
      const page = await useCases.runs(cursor, limit);
      return { items: page.items.map(runToWire), next: page.next };
    },
  );

  flushRoute(api, useCases, "flush");
}
