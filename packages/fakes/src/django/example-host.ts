import type { Scalar } from "@member-sync/shared/member/member-record.ts";
import { checkStatus, STATUS_PATH, type Checked, type Host } from "./host.ts";

/** A column of the example project, with its three names: canonical path, the outbox's short name, and the place in the REST shape. */
export interface Column {
  readonly path: string;
  readonly short: string;
  readonly place: readonly [string] | readonly ["contact_info" | "address", string];
  readonly check: (value: unknown) => Checked;
  /** The value of a new row, and the value that a null is stored as. */
  readonly empty: Scalar;
}

const rejected = (code: string, message: string): Checked => ({ code, message });

function text(max: number, empty: "" | null, pattern?: RegExp): Pick<Column, "check" | "empty"> {
  return {
    empty,
    check(value) {
      if (value === null || value === "") return { value: empty };
      if (typeof value !== "string" || value.includes("\0")) return rejected("invalid", "This is not a text.");
      if ([...value].length > max) return rejected("too_long", `Longer than ${max} characters.`);
      if (pattern !== undefined && !pattern.test(value)) return rejected("invalid", "Enter a valid value.");
      return { value };
    },
  };
}

const name: Pick<Column, "check" | "empty"> = {
  empty: "",
  check: (value) => (value === null || value === "" ? rejected("required", "This field is required.") : text(250, "").check(value)),
};

const date: Pick<Column, "check" | "empty"> = {
  empty: null,
  check(value) {
    if (value === null || value === "") return { value: null };
    const isDate = typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && isCalendarDate(value);
    return isDate ? { value } : rejected("invalid", "Enter a valid date.");
  },
};

const integer: Pick<Column, "check" | "empty"> = {
  empty: null,
  check(value) {
    if (value === null) return { value: null };
    return typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 32_767
      ? { value }
      : rejected("invalid", "Enter a whole number.");
  },
};

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@.]+$/;

export const COLUMNS: readonly Column[] = [
  { path: "profile.name", short: "name", place: ["name"], ...name },
  { path: "profile.email", short: "email", place: ["contact_info", "email"], ...text(254, null, EMAIL) },
  { path: "profile.phone", short: "phone", place: ["contact_info", "phone"], ...text(50, "") },
  { path: "profile.birthday", short: "birthday", place: ["birthday"], ...date },
  { path: "profile.gender", short: "gender", place: ["gender"], ...integer },
  { path: "profile.facebook", short: "facebook", place: ["contact_info", "facebook"], ...text(250, "") },
  { path: "address.street", short: "street", place: ["address", "street"], ...text(250, "") },
  { path: "address.postal_code", short: "postal_code", place: ["address", "postal_code"], ...text(20, "") },
  { path: "address.city", short: "city", place: ["address", "city"], ...text(100, "") },
];

/** The example project of `services/django-adapter/django`: its columns, with the same limits. */
export const exampleHost: Host = {
  blank: { ...Object.fromEntries(COLUMNS.map(({ path, empty }) => [path, empty])), [STATUS_PATH]: "active" },
  required: ["profile.name"],
  check(path, value) {
    if (path === STATUS_PATH) return checkStatus(value);
    const column = COLUMNS.find((candidate) => candidate.path === path);
    return column === undefined ? { code: "unmapped", message: "No field carries this path." } : column.check(value);
  },
};

function isCalendarDate(value: string): boolean {
  const parsed = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(parsed.valueOf()) && parsed.toISOString().startsWith(value);
}
