/** Fields whose value may be logged. None of them holds what a person typed. */
const ALLOWED: ReadonlySet<string> = new Set([
  "level",
  "severity",
  "time",
  "msg",
  "service",
  "err",
  "counts",
  "checks",
  "subscription",
  "topic",
  "messageId",
  "envelopeId",
  "eventId",
  "memberRef",
  "memberRefs",
  "writeId",
  "deliveryAttempt",
  "traceId",
  "spanId",
  "side",
  "direction",
  "group",
  "groups",
  "path",
  "paths",
  "kind",
  "outcome",
  "state",
  "status",
  "mode",
  "action",
  "rule",
  "code",
  "conflictId",
  "deadLetterId",
  "deadLetterCause",
  "runId",
  "revision",
  "expectRevision",
  "rejected",
  "refused",
  "unmapped",
  "flags",
  "life",
  "count",
  "items",
  "total",
  "success",
  "failed",
  "skipped",
  "published",
  "applied",
  "stale",
  "retried",
  "pending",
  "waiting",
  "due",
  "inFlight",
  "attempts",
  "attempt",
  "conflicts",
  "deadLetters",
  "observations",
  "commands",
  "members",
  "changes",
  "edits",
  "bytes",
  "size",
  "limit",
  "durationMs",
  "delayMs",
  "ageMs",
  "lagMs",
  "waitMs",
  "timeoutMs",
  "oldestMs",
  "at",
  "startedAt",
  "completedAt",
  "url",
  "host",
  "port",
  "method",
  "route",
  "statusCode",
  "signal",
  "exitCode",
  "version",
  "backend",
  "delivery",
  "schedule",
  "paused",
  "ready",
  "ok",
  "circuit",
  "incarnation",
  "database",
  "projectId",
  "trigger",
  "schema",
  "map",
  "lineage",
  "known",
]);

/** What `describeError` tells of an error. */
const ALLOWED_IN_ERRORS: ReadonlySet<string> = new Set(["type", "code", "disposition", "message", "details", "frames", "cause"]);

/** Fields with an open set of names, and which values they may have. */
const OPEN: Readonly<Record<string, readonly string[]>> = {
  counts: ["number", "boolean"],
  checks: ["number", "boolean"],
  details: ["number", "boolean", "string"],
};

const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
const MAX_NAMES = 20;
const MAX_TEXT = 500;

type Fields = Readonly<Record<string, unknown>>;
type Keep = (name: string, value: unknown) => unknown;

/** A log line with the allowed fields only; the names of the others are in `dropped`. */
export function gated(line: string): Fields {
  const dropped = new Set<string>();
  const kept = keepFields(parse(line), dropped, keepAllowed(ALLOWED, dropped, 0));
  return dropped.size === 0 ? kept : { ...kept, dropped: [...dropped].slice(0, MAX_NAMES) };
}

function parse(line: string): Fields {
  try {
    const parsed: unknown = JSON.parse(line);
    return isFields(parsed) ? parsed : {};
  } catch {
    return { level: "error", msg: "a log line could not be read" };
  }
}

function keepFields(fields: Fields, dropped: Set<string>, keep: Keep): Fields {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => {
      const kept = keep(name, value);
      if (kept === undefined) dropped.add(safeName(name));
      return kept === undefined ? [] : [[name, kept] as const];
    }),
  );
}

function keepAllowed(allowed: ReadonlySet<string>, dropped: Set<string>, depth: number): Keep {
  return (name, value) => (allowed.has(name) ? keepValue(name, value, allowed, dropped, depth) : undefined);
}

function keepValue(name: string, value: unknown, allowed: ReadonlySet<string>, dropped: Set<string>, depth: number): unknown {
  if (typeof value === "string") return mask(value);
  if (value === null || typeof value !== "object") return value;
  if (depth >= MAX_DEPTH) return undefined;
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((each) => keepValue(name, each, allowed, dropped, depth + 1) ?? null);
  if (!isFields(value)) return undefined;
  const types = OPEN[name];
  if (types !== undefined) return keepFields(value, dropped, keepTypes(types));
  return keepFields(value, dropped, keepAllowed(name === "err" ? ALLOWED_IN_ERRORS : allowed, dropped, depth + 1));
}

function keepTypes(types: readonly string[]): Keep {
  return (name, value) => {
    if (safeName(name) !== name) return undefined;
    if (Array.isArray(value)) return types.includes("string") ? value.slice(0, MAX_ITEMS).map((each) => mask(String(each))) : undefined;
    if (!types.includes(typeof value)) return undefined;
    return typeof value === "string" ? mask(value) : value;
  };
}

/** The last net: what looks like a kennitala, an e-mail address or a phone number is struck out wherever it stands. */
export function mask(value: string): string {
  return value
    .slice(0, MAX_TEXT)
    .replace(/(?<![\w-])\d{6}[- –]?\d{4}(?![\w-])/g, "[id]")
    .replace(/[^\s@"'<>/:]+@[^\s@"'<>]+\.[^\s@"'<>]+/g, "[email]")
    .replace(/(?<![\w-])(?:\+|00)\d{3}[\s-]?\d{3}[\s-]?\d{4}\b/g, "[phone]");
}

/** A name that may itself be a value is not told. */
function safeName(name: string): string {
  return /^[A-Za-z_][\w.-]{0,59}$/.test(name) ? mask(name) : "?";
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
