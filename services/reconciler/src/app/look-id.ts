/** Beginning of the write id of every command that only looks. */
export const LOOK_PREFIX = "look.";

/** Whether an answer is that of a look: what it shows is an edit like any other, and not the end of a command. */
export function isLook(writeId: string): boolean {
  return writeId.startsWith(LOOK_PREFIX);
}
