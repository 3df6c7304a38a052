import colours from "picocolors";

/** Tells whoever started the stack what is going on. */
export interface Progress {
  /** Runs `work` and tells its name, how long it took, and the detail that `work` returned last through `detail`. */
  step<T>(name: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
  /** A fact that the user should know: a choice made, something missing for a better one. */
  note(text: string): void;
  /** Something went wrong that does not end the stack. */
  warn(text: string): void;
}

/** Says nothing: for tests. */
export const silentProgress: Progress = {
  step: (_name, work) => work(() => {}),
  note() {},
  warn() {},
};

/** Lines for people. */
export function terminalProgress(write: (line: string) => void): Progress {
  const palette = colours.createColors(process.stderr.isTTY && process.env["NO_COLOR"] === undefined);
  return {
    async step(name, work) {
      const startedAt = performance.now();
      let detail = "";
      try {
        const result = await work((text) => (detail = ` ${text}`));
        write(`${palette.green("✓")} ${name}${detail} … ${palette.dim(seconds(startedAt))}`);
        return result;
      } catch (error) {
        write(`${palette.red("✗")} ${name} … ${palette.dim(seconds(startedAt))}`);
        throw error;
      }
    },
    note: (text) => write(`  ${palette.dim(text)}`),
    warn: (text) => write(`${palette.yellow("!")} ${text}`),
  };
}

/** One JSON object a line, for programs. */
export function jsonProgress(write: (line: string) => void): Progress {
  const emit = (event: Readonly<Record<string, unknown>>) => write(JSON.stringify({ at: new Date().toISOString(), ...event }));
  return {
    async step(name, work) {
      const startedAt = performance.now();
      emit({ event: "begin", step: name });
      let detail: string | undefined;
      const result = await work((text) => (detail = text));
      emit({ event: "end", step: name, detail, seconds: Number(((performance.now() - startedAt) / 1000).toFixed(2)) });
      return result;
    },
    note: (text) => emit({ event: "note", text }),
    warn: (text) => emit({ event: "warning", text }),
  };
}

function seconds(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}
