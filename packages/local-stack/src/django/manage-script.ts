import { writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Writes a `manage.py` that speaks to this very stack's database, and runs the project's own. */
export function writeManageScript(file: string, project: string, env: Readonly<Record<string, string>>): void {
  const lines = [
    "import os, runpy, sys",
    `os.environ.update(${pythonDict(env)})`,
    `sys.path.insert(0, ${pythonText(dirname(project))})`,
    `runpy.run_path(${pythonText(project)}, run_name="__main__")`,
    "",
  ];
  writeFileSync(file, lines.join("\n"), { mode: 0o600 });
}

function pythonDict(env: Readonly<Record<string, string>>): string {
  return `{${Object.entries(env)
    .map(([name, value]) => `${pythonText(name)}: ${pythonText(value)}`)
    .join(", ")}}`;
}

// A JSON string literal is a Python string literal too.
function pythonText(text: string): string {
  return JSON.stringify(text);
}
