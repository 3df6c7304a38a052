import { spawn } from "node:child_process";
import type { Writable } from "node:stream";

/** Ends the process groups it knows of when this process dies without having ended them (a kill -9, a crash). */
export interface Guard extends AsyncDisposable {
  add(group: number): void;
  remove(group: number): void;
}

// Reads "add N" and "remove N"; at end of input, whatever was not removed is killed. Its input ends when we do.
const SCRIPT = `
groups=" "
while read -r verb group; do
  case "$verb" in
    add) groups="$groups$group " ;;
    remove) groups=$(printf '%s' "$groups" | sed "s/ $group / /") ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
exit 0
`;

/** Starts the guard: a shell in a session of its own, which a Ctrl-C does not reach. Where there is no shell, nothing guards. */
export function startGuard(): Guard {
  const shell = spawn("/bin/sh", ["-c", SCRIPT], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  const ended = new Promise<void>((resolve) => {
    shell.once("exit", () => resolve());
    shell.once("error", () => resolve());
  });
  shell.stdin.on("error", () => {});
  shell.unref();
  const tell = (input: Writable, line: string) => {
    if (input.writable) input.write(`${line}\n`);
  };
  return {
    add: (group) => tell(shell.stdin, `add ${group}`),
    remove: (group) => tell(shell.stdin, `remove ${group}`),
    async [Symbol.asyncDispose]() {
      shell.ref();
      shell.stdin.end();
      await ended;
    },
  };
}
