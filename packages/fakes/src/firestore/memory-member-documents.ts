import type { Revision } from "@member-sync/shared/member/revision.ts";
import type { DocumentWrite, FakeOutcome } from "./documents.ts";
import { FakeFirestore } from "./fake-firestore.ts";

/** The fake behind the tracker's port `MemberDocuments`. */
export class MemoryMemberDocuments extends FakeFirestore {
  async write(writes: readonly DocumentWrite[]): Promise<readonly FakeOutcome[]> {
    return this.apply(writes);
  }

  async read(kennitalas: readonly string[]): Promise<ReturnType<FakeFirestore["look"]>> {
    return this.look(kennitalas);
  }

  async createdAt(once: string): Promise<Revision | null> {
    return this.createOf(once);
  }

  async list(after: string | null, limit: number): Promise<ReturnType<FakeFirestore["page"]>> {
    return this.page(after, limit);
  }
}
