import type { RecordedEdit } from "@member-sync/simulation/ledger/recorded-edit.ts";

/** Where people write down what they did. */
export interface Recording {
  readonly edits: readonly RecordedEdit[];
  /** Takes what one save made, in the order in which saves ended. */
  add(edits: readonly Omit<RecordedEdit, "id">[]): void;
  /** Edits that a side accepted. */
  accepted(): number;
  /** Resolves when so many more have been accepted. */
  made(count: number): Promise<void>;
}

export function startRecording(onEdit: (edit: RecordedEdit) => void = () => {}): Recording {
  const edits: RecordedEdit[] = [];
  const waiting: { readonly until: number; readonly resolve: () => void }[] = [];
  let accepted = 0;
  return {
    edits,
    add(made) {
      for (const each of made) {
        const edit = { id: `e${edits.length + 1}`, ...each };
        edits.push(edit);
        onEdit(edit);
        if (each.unsure !== true) accepted += 1;
      }
      for (const each of waiting.filter(({ until }) => until <= accepted)) {
        waiting.splice(waiting.indexOf(each), 1);
        each.resolve();
      }
    },
    accepted: () => accepted,
    made(count) {
      const until = accepted + count;
      return new Promise((resolve) => waiting.push({ until, resolve }));
    },
  };
}
