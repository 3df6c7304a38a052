import type { Page, Run, RunLog } from "../../app/ports.ts";
import { abandonedRun, takeLease } from "../run-lease.ts";
import { pageOf } from "./memory-page.ts";
import type { MemoryState } from "./memory-state.ts";

export class MemoryRunLog implements RunLog {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async begin(run: Run, leaseMs: number): Promise<Run | null> {
    const held = this.#state.leases.get(run.type);
    const lease = takeLease(held, run, leaseMs);
    if (lease === null) return null;
    const former = held === undefined ? undefined : this.#state.runs.get(held.runId);
    if (former?.status === "running") this.#state.runs.set(former.id, abandonedRun(former, run.started_at));
    this.#state.leases.set(run.type, lease);
    this.#state.runs.set(run.id, structuredClone(run));
    return run;
  }

  async finish(run: Run): Promise<void> {
    this.#state.runs.set(run.id, structuredClone(run));
    if (this.#state.leases.get(run.type)?.runId === run.id) this.#state.leases.delete(run.type);
  }

  async list(cursor: string | null, limit: number): Promise<Page<Run>> {
    return pageOf(this.#state.runs.values(), (run) => ({ at: run.started_at, id: run.id }), cursor, limit);
  }
}
