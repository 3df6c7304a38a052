import { expect, test } from "vitest";
import { summariseLatency } from "./latency-summary.ts";

test("each way stands beside the sum of its own parts, taken measurement by measurement", () => {
  const crossing = {
    kennitala: "0101302989",
    way: "to-django",
    dueAt: 1_000,
    committedAt: 1_005,
    arrivedAt: 1_130,
    noticedAt: 1_015,
  } as const;
  const [toFirestore, toDjango] = summariseLatency([
    {
      delivery: "push",
      crossings: [crossing, { ...crossing, way: "to-firestore", arrivedAt: 1_300, noticedAt: undefined }],
      parts: [
        { hops: 90, commit: 5, applyDjango: 5, applyFirestore: 55 },
        { hops: 50, commit: 20, applyDjango: 10, applyFirestore: 30 },
      ],
      webhooks: [{ ...crossing, arrivedAt: 1_010 }],
    },
  ]);
  expect(toDjango).toMatchObject({
    edits: 1,
    memberSync: { p50: 130, p99: 130 },
    parts: { p50: 80, p99: 100 },
    toParts: { p50: 1.625, p99: 1.3 },
    notice: { p50: 10, p99: 10 },
    webhook: { p50: 10, p99: 10 },
  });
  expect(toFirestore).toMatchObject({ memberSync: { p50: 300 }, parts: { p50: 100, p99: 150 }, notice: { p50: Number.NaN } });
});
