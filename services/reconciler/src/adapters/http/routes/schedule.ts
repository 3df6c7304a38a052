import { errorBody } from "@member-sync/shared/http/error-answer.ts";
import { z } from "zod";
import type { UseCases } from "../use-cases.ts";
import { commonErrors, errorAnswer, memberRef, security, side } from "../wire.ts";
import type { ZodApp } from "../zod-app.ts";
import { runSchema, runToWire } from "./runs.schema.ts";

const sweepReport = z.object({
  resent: z.number().int().describe("commands sent again"),
  released: z.number().int().describe("members whose edits had waited for a direction to open"),
});

const backfillQuery = z.object({
  side: side.optional().describe("both, where it is left out"),
  after: memberRef.optional().describe("`next` of the answer before"),
  ratePerSecond: z.coerce.number().int().min(1).max(10_000).default(500).describe("members"),
});

export const looksSchema = z
  .object({ django: z.number().int(), firestore: z.number().int() })
  .describe("members that a side was asked about");

const backfillReport = z.object({
  members: z.number().int(),
  looks: looksSchema,
  unreadable: z.number().int().describe("members whose hub cannot be read"),
  next: z.string().nullable().describe("`after` of the next call; null when every member has been looked at"),
});

/** What the scheduler calls. An answer of 5xx makes it try again and raises the alarm. */
export function scheduleRoutes(app: ZodApp, useCases: UseCases): void {
  flushRoute(app, useCases, "scheduledFlush");
  backfillRoute(app, useCases);

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

function backfillRoute(app: ZodApp, useCases: UseCases): void {
  app.post(
    "/backfill",
    {
      schema: {
        tags: ["schedule"],
        security,
        operationId: "backfill",
        summary:
          "Asks both sides what they hold now of every known member, without writing: finds what an event that was lost would have told",
        querystring: backfillQuery,
        response: { 200: backfillReport, ...commonErrors, 409: errorAnswer, 502: errorAnswer },
      },
    },
    async ({ query: { side: only, after, ratePerSecond } }, reply) => {
      const outcome = await useCases.backfill({
        membersPerSecond: ratePerSecond,
        ...(only !== undefined && { side: only }),
        ...(after !== undefined && { after }),
      });
      switch (outcome.kind) {
        case "done":
          return { ...outcome.report, looks: { ...outcome.report.looks } };
        case "busy":
          return reply.code(409).send(errorBody("run_in_progress", "A backfill is running; wait until it has ended."));
        case "failed":
          return reply
            .code(502)
            .send(errorBody("backfill_failed", outcome.run.error ?? "The backfill failed.", { run: runToWire(outcome.run) }));
      }
    },
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
