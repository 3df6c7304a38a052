import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { FakeDjango } from "@member-sync/fakes/django/fake-django.ts";
import { applyRequest, isoTime, memberOf, resultOf, rowOf, ssnOf } from "./wire.ts";

const changesQuery = z.object({
  since: z.iso.datetime({ offset: true }).optional(),
  after: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
const membersQuery = z.object({ after: z.string().default(""), limit: z.coerce.number().int().min(1).max(1000).default(100) });
const digestQuery = z.object({ buckets: z.coerce.number().int().min(1).max(65_536).default(256) });
const markRequest = z.object({ sync_ids: z.array(z.number().int().nonnegative()).default([]) });
const readRequest = z.object({ ssn: z.array(z.string()) });
const MAX_CHANGES = 500;

/** The endpoints of `member_sync`, below `/api/sync/`. */
export function syncRoutes(app: FastifyInstance, django: FakeDjango): void {
  const lineage = () => ({ lineage: django.lineage });
  const head = () => ({ ...lineage(), now: isoTime(Date.now()) });
  app.get("/changes/", (request) => {
    const { since, after, limit } = changesQuery.parse(request.query);
    const from = since === undefined ? 0 : Date.parse(since);
    const waiting = django.pending().filter((entry) => entry.id > after && entry.createdAt > from);
    const page = waiting.slice(0, limit);
    return {
      changes: page.map((entry) => rowOf(django, entry)),
      count: page.length,
      next: waiting.length > limit ? (page.at(-1)?.id ?? null) : null,
      ...head(),
    };
  });
  app.post("/apply/", async (request, reply) => {
    const { changes } = applyRequest.parse(request.body);
    if (changes.length > MAX_CHANGES) return reply.code(413).send({ error: `More than ${MAX_CHANGES} changes in one request.` });
    return { results: changes.map((each) => resultOf(django, each)), ...head() };
  });
  app.post("/members/read/", async (request, reply) => {
    const given = readRequest.parse(request.body).ssn;
    if (given.length > MAX_CHANGES) return reply.code(413).send({ error: `More than ${MAX_CHANGES} kennitölur in one request.` });
    const keys = given.map(ssnOf);
    const bad = keys.indexOf(undefined);
    if (bad >= 0) return reply.code(400).send({ error: `ssn[${bad}] is not ten digits.` });
    const members = [...new Set(keys)].flatMap((ssn) => (ssn === undefined ? [] : [memberOf(django, ssn)]));
    return { members, count: members.length, ...head() };
  });
  app.post("/mark-synced/", (request) => {
    const { sync_ids: ids } = markRequest.parse(request.body);
    return { success: true, marked_synced: django.markSynced(ids) };
  });
  app.get("/status/", () => {
    const pending = django.pending();
    const oldest = pending[0];
    return {
      pending: pending.length,
      synced: django.synced(),
      failed: 0,
      oldest_pending: oldest === undefined ? null : isoTime(oldest.createdAt),
      capture: "stand-in",
      database: "memory",
      version: "stand-in",
      members: django.count(),
      ...lineage(),
    };
  });
  app.get<{ Params: { ssn: string } }>("/member/:ssn/", async (request, reply) => {
    const ssn = ssnOf(request.params.ssn);
    const member = ssn === undefined ? undefined : memberOf(django, ssn);
    if (member === undefined || member.record === null) return reply.code(404).send({ error: "Member not found" });
    return { ...member.record, ...member, ...lineage() };
  });
  app.get("/members/", (request) => {
    const { after, limit } = membersQuery.parse(request.query);
    const found = django.page(after, limit);
    const members = found.map((ssn) => {
      const member = memberOf(django, ssn);
      return { ...member.record, ...member, digest: digestOf(django, ssn) };
    });
    return { members, count: members.length, next: found.length === limit ? (found.at(-1) ?? null) : null, ...lineage() };
  });
  app.get("/digest/", (request) => {
    const { buckets } = digestQuery.parse(request.query);
    const byBucket = Map.groupBy(
      django.page("", django.count()),
      (ssn) => createHash("sha256").update(ssn).digest().readUInt32BE(0) % buckets,
    );
    const listed = Array.from({ length: buckets }, (_, bucket) => {
      const members = byBucket.get(bucket) ?? [];
      return { bucket, count: members.length, digest: sha256(members.map((ssn) => digestOf(django, ssn)).join("")) };
    });
    return { buckets: listed, count: django.count() };
  });
}

function digestOf(django: FakeDjango, ssn: string): string {
  const { revision, record } = django.standing(ssn);
  return sha256(JSON.stringify([ssn, revision, record]));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
