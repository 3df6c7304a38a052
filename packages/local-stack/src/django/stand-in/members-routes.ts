import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { COLUMNS } from "@member-sync/fakes/django/example-host.ts";
import type { FakeDjango } from "@member-sync/fakes/django/fake-django.ts";
import { STATUS_PATH, type Values } from "@member-sync/fakes/django/host.ts";
import type { Scalar } from "@member-sync/shared/member/member-record.ts";
import { ssnOf } from "./wire.ts";

const STAFF = { actor: "user:1" } as const;

const part = z.record(z.string(), z.unknown()).nullable();
const given = z.looseObject({
  ssn: z.string().optional(),
  is_active: z.boolean().optional(),
  contact_info: part.optional(),
  address: part.optional(),
});
const bulk = z.object({ members: z.array(z.unknown()) });
const page = z.object({ after: z.string().default(""), limit: z.coerce.number().int().min(1).max(1000).default(100) });

/** Trouble that the caller can mend, with its HTTP status. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** The example project's own endpoints, below `/api/members/`: edits as staff make them. */
export function membersRoutes(app: FastifyInstance, django: FakeDjango): void {
  app.get("/", (request) => {
    const { after, limit } = page.parse(request.query);
    const found = django.page(after, limit + 1);
    const members = found.slice(0, limit).map((ssn) => shown(django, ssn));
    return { members, count: members.length, next: found.length > limit ? (found[limit - 1] ?? null) : null };
  });
  app.post("/", async (request, reply) => reply.code(201).send(shown(django, create(django, undefined, request.body))));
  app.post("/bulk/", async (request, reply) => {
    const { members } = bulk.parse(request.body);
    // All or none, as one transaction has it: everything is checked before anything is written.
    const checked = members.map((each) => checkNew(django, undefined, each));
    for (const { ssn, values } of checked) django.write(ssn, values, STAFF);
    return reply.code(201).send({ created: checked.length });
  });
  app.post<{ Params: { ssn: string } }>("/:ssn/", async (request, reply) =>
    reply.code(201).send(shown(django, create(django, request.params.ssn, request.body))),
  );
  app.get<{ Params: { ssn: string } }>("/:ssn/", (request) => shown(django, existing(django, request.params.ssn)));
  app.patch<{ Params: { ssn: string } }>("/:ssn/", (request) => {
    const ssn = existing(django, request.params.ssn);
    django.write(ssn, valuesOf(request.body), STAFF);
    return shown(django, ssn);
  });
  app.delete<{ Params: { ssn: string } }>("/:ssn/", (request) => {
    const ssn = existing(django, request.params.ssn);
    const gone = shown(django, ssn);
    django.remove(ssn, STAFF);
    return gone;
  });
}

function existing(django: FakeDjango, text: string): string {
  const ssn = ssnOf(text);
  if (ssn === undefined || django.member(ssn).row === undefined) throw new Refused(404, "Member not found");
  return ssn;
}

function create(django: FakeDjango, inUrl: string | undefined, body: unknown): string {
  const { ssn, values } = checkNew(django, inUrl, body);
  django.write(ssn, values, STAFF);
  return ssn;
}

function checkNew(django: FakeDjango, inUrl: string | undefined, body: unknown): { readonly ssn: string; readonly values: Values } {
  const ssn = ssnOf(inUrl ?? given.parse(body).ssn);
  if (ssn === undefined) throw new Refused(400, "ssn is not ten digits.");
  if (django.member(ssn).row !== undefined) throw new Refused(409, "A member with this ssn is there already.");
  const values = valuesOf(body);
  if (values["profile.name"] === undefined) throw new Refused(400, "name is required.");
  return { ssn, values };
}

/** The values that a body gives, by path; a part that is null clears all of it. */
function valuesOf(body: unknown): Values {
  const parsed = given.parse(body);
  const values: Record<string, Scalar> = {};
  for (const { place, path, check } of COLUMNS) {
    const value = valueAt(parsed, place);
    if (value === undefined) continue;
    const checked = check(value);
    if ("code" in checked) throw new Refused(400, `${place.join(".")} is not valid (${checked.code}).`);
    values[path] = checked.value;
  }
  if (parsed.is_active !== undefined) values[STATUS_PATH] = parsed.is_active ? "active" : "inactive";
  return values;
}

function valueAt(body: z.infer<typeof given>, place: readonly string[]): unknown {
  const [first = "", second] = place;
  if (second === undefined) return body[first];
  const inner = first === "address" ? body.address : body.contact_info;
  return inner === null ? null : inner?.[second];
}

function shown(django: FakeDjango, ssn: string): Readonly<Record<string, unknown>> {
  const row = django.member(ssn).row;
  const body: Record<string, unknown> = { id: row?.id, ssn, is_active: row?.values[STATUS_PATH] === "active" };
  const parts: Record<string, Record<string, Scalar>> = { contact_info: {}, address: {} };
  for (const { place, path, empty } of COLUMNS) {
    const [first = "", second] = place;
    const value = row?.values[path] ?? empty;
    if (second === undefined) body[first] = value;
    else (parts[first] ??= {})[second] = value;
  }
  return { ...body, ...parts };
}
