import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

/** Where things are in this repository. */
export const PATHS = {
  root: ROOT,
  local: join(ROOT, ".local"),
  config: join(ROOT, "member-sync.config.ts"),
  exampleProject: join(ROOT, "services", "django-adapter", "django", "example"),
  service: (name: string) => join(ROOT, "services", name),
} as const;
