import { setTimeout as pause } from "node:timers/promises";
import { sameValue } from "@member-sync/shared/member/field-map.ts";
import type { RecordedEdit } from "@member-sync/simulation/ledger/recorded-edit.ts";
import type { World } from "../../e2e/world/world.ts";
import type { NewValue } from "./new-values.ts";

type Made = readonly Omit<RecordedEdit, "id">[];

/**
 * One save by staff: they look at the member, then change some of it. What they had before them is known exactly when
 * the member's revision grew by one step from their look to just after the save: nobody came between.
 */
export async function saveInDjango(world: World, kennitala: string, memberRef: string, changes: readonly NewValue[]): Promise<Made> {
  const { django, fieldMap } = world;
  const before = await django.standing(kennitala);
  if (before?.life !== "alive") return [];
  const news = changes.filter(({ group, value }) => !sameValue(fieldMap, group, before.record[group], value));
  if (news.length === 0) return [];
  const at = Date.now();
  const { outcome } = await sendToDjango(django, "PATCH", `api/members/${kennitala}/`, bodyOf(news));
  const answeredAt = Date.now();
  if (outcome === "not made") return [];
  const after = outcome === "made" ? await django.standing(kennitala).catch(() => undefined) : undefined;
  const isAlone = after !== undefined && Number(after.revision) === Number(before.revision) + 1;
  return news.map(({ group, value }) => ({
    side: "django",
    memberRef,
    group,
    value,
    [isAlone ? "saw" : "looked"]: before.record[group] ?? null,
    at,
    ...(outcome === "unsure" ? { unsure: true } : { answeredAt }),
  }));
}

type Answered = { readonly outcome: "made" | "not made" | "unsure"; readonly body?: unknown };

/** People do not wait longer; what they sent may still be taken, even after their next save. */
const PATIENCE_MS = 4_000;

/** Sends a save, and tells whether it was made: a request without an answer may have been. */
export async function sendToDjango(django: World["django"], method: string, path: string, body?: unknown): Promise<Answered> {
  const enough = new AbortController();
  try {
    const answer = await Promise.race([django.call(method, path, body), pause(PATIENCE_MS, undefined, { signal: enough.signal })]);
    if (answer === undefined) return { outcome: "unsure" };
    if (answer.status < 300) return { outcome: "made", body: answer.body };
    return { outcome: answer.status >= 500 ? "unsure" : "not made" };
  } catch (error) {
    return { outcome: wasRefused(error) ? "not made" : "unsure" };
  } finally {
    enough.abort();
  }
}

/** Parts of one relation are sent together. */
export function bodyOf(changes: readonly NewValue[]): Readonly<Record<string, unknown>> {
  const body: Record<string, unknown> = {};
  for (const { forDjango } of changes) {
    for (const [name, value] of Object.entries(forDjango)) {
      body[name] = isObject(value) && isObject(body[name]) ? { ...body[name], ...value } : value;
    }
  }
  return body;
}

/** Nobody was there to take it: only then is it sure that nothing was saved. */
function wasRefused(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return isObject(cause) && cause["code"] === "ECONNREFUSED";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
