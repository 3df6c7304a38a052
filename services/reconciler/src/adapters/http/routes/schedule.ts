import { errorBody } from "@member-sync/shared/http/error-answer.ts";
import { z } from "zod";
import type { UseCases } from "../use-cases.ts";
import { commonErrors, errorAnswer, security } from "../wire.ts";
import type { ZodApp } from "../zod-app.ts";
import { runSchema, runToWire } from "./runs.schema.ts";

const sweepReport = z.object({
  resent: z.number().int().describe("commands sent again"),
  released: z.number().int().describe("members whose edits had waited for a direction to open"),
});

/** What the scheduler calls. An answer of 5xx makes it try again and raises the alarm. */
export function scheduleRoutes(app: ZodApp, useCases: UseCases): void {
  flushRoute(app, useCases, "scheduledFlush");

  app.post(
    "/sweep",
    {
      schema: {
        tags: ["schedule"],
        security,
        operationId: "sweep",
        summary: "Sends again what is in flight too long",
        response: { 200: sweepReport, ...commonErrors },
      },
    },
    async () => ({ ...(await useCases.sweep()) }),
  );
}

/** `POST flush` of a scope: one works, a second at the same time is told so. */
export function flushRoute(app: ZodApp, useCases: UseCases, operationId: string): void {
  app.post(
    "/flush",
    {
      schema: {
        tags: ["runs"],
        security,
        operationId,
        summary: "Drains the Django outbox, plans what waits, and answers with the figures",
        response: { 200: runSchema, ...commonErrors, 409: errorAnswer, 502: errorAnswer },
      },
    },
    async (_request, reply) => {
      const outcome = await useCases.flush();
      switch (outcome.kind) {
        case "done":
          return runToWire(outcome.run);
        case "busy":
          return reply.code(409).send(errorBody("run_in_progress", "A flush is running; wait until it has ended."));
        case "failed":
          return reply.code(502).send(errorBody("flush_failed", outcome.run.error ?? "The flush failed.", { run: runToWire(outcome.run) }));
      }
    },
  );
}
