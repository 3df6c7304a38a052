import { SIDES, type Side } from "@member-sync/shared/member/side.ts";
import type { Case, Intent } from "./case.ts";
import { GROUPS, type GroupName, type MapVersion } from "./rules.ts";
import { Tape } from "./tape.ts";

/** Services that read and write members with a field map of their own. */
export const MAPPED_SERVICES = ["tracker", "adapter", "reconciler"] as const;
export type MappedService = (typeof MAPPED_SERVICES)[number];

/** How a portal program forges the mark of the sync: signed by nobody, taken from elsewhere, or with the id of a live command. */
export const FORGERIES = ["made-up", "old", "of-another", "in-flight"] as const;
export type Forgery = (typeof FORGERIES)[number];

/** Paths that members may not write. */
export const FORBIDDEN = ["status", "kennitala", "deleted_at", "not-deleted"] as const;
export type Forbidden = (typeof FORBIDDEN)[number];

/** What people, programs and operators do that the sync must recognise and survive. */
export type Trial =
  | { readonly kind: "forge"; readonly member: number; readonly how: Forgery; readonly group: GroupName | null }
  | { readonly kind: "replace"; readonly member: number; readonly what: "document" | "profile"; readonly group: GroupName | null }
  | { readonly kind: "recreate"; readonly member: number; readonly withMark: boolean }
  | { readonly kind: "forbidden"; readonly member: number; readonly what: Forbidden }
  | { readonly kind: "far-future"; readonly member: number; readonly side: Side; readonly group: GroupName; readonly isCrafted: boolean }
  | { readonly kind: "dump" | "restore-side" | "confirm-restore"; readonly side: Side }
  | { readonly kind: "deploy"; readonly service: MappedService; readonly map: MapVersion };

/** The trials of one case, merged into what people do. */
export interface Tried {
  readonly intents: readonly Intent[];
  /** The field map that all services begin with. */
  readonly startsWith: MapVersion;
}

type Placed = readonly [place: number, intent: Trial];

/** Draws the trials of a case from a tape of their own, so that everything else of a seed keeps its meaning. */
export function withTrials(intents: readonly Intent[], { seed, members }: Pick<Case, "seed" | "members">): Tried {
  const tape = new Tape(seed, 5);
  const place = () => members + tape.below(intents.length - members + 1);
  const isOfMaps = tape.chance(0.2);
  const startsWith = isOfMaps && tape.chance(0.6) ? "older" : "newer";
  const placed: readonly Placed[] = [
    ...(isOfMaps ? deployments(tape, place) : []),
    ...(tape.chance(0.15) ? restores(tape, place) : []),
    ...(tape.chance(0.3) ? misdeeds(tape, place, members) : []),
    ...(tape.chance(0.1) ? farFutures(tape, place, members) : []),
  ];
  const inOrder = placed.toSorted(([a], [b]) => a - b);
  const merged: Intent[] = [...intents];
  for (const [at, intent] of inOrder.toReversed()) merged.splice(at, 0, intent);
  return { intents: merged, startsWith };
}

/** The newer map arrives service by service, in any order, and some of them go back to the older one for a while. */
function deployments(tape: Tape, place: () => number): readonly Placed[] {
  const arrivals = MAPPED_SERVICES.map((service): Placed => [place(), { kind: "deploy", service, map: "newer" }]);
  const rollbacks = Array.from({ length: tape.below(3) }).flatMap((): readonly Placed[] => {
    const service = tape.pick(MAPPED_SERVICES);
    const [first, second] = [place(), place()].toSorted((a, b) => a - b);
    return [
      [first ?? 0, { kind: "deploy", service, map: "older" }],
      [second ?? 0, { kind: "deploy", service, map: "newer" }],
    ];
  });
  return [...arrivals, ...rollbacks];
}

/** A side goes back to a dump once or twice; an operator confirms it some time after, or only at the very end. */
function restores(tape: Tape, place: () => number): readonly Placed[] {
  const side = tape.pick(SIDES);
  return Array.from({ length: tape.chance(0.25) ? 2 : 1 }).flatMap((): readonly Placed[] => {
    const [dumped, restored, confirmed] = [place(), place(), place()].toSorted((a, b) => a - b);
    const isConfirmed = tape.chance(0.6);
    return [
      [dumped ?? 0, { kind: "dump", side }],
      [restored ?? 0, { kind: "restore-side", side }],
      ...(isConfirmed ? [[confirmed ?? 0, { kind: "confirm-restore", side }] as const] : []),
    ];
  });
}

function misdeeds(tape: Tape, place: () => number, members: number): readonly Placed[] {
  return Array.from({ length: 1 + tape.below(4) }, (): Placed => [place(), misdeed(tape, tape.chance(0.6) ? 0 : tape.below(members))]);
}

function misdeed(tape: Tape, member: number): Trial {
  const draw = tape.below(10);
  const group = tape.chance(0.7) ? tape.pick(GROUPS) : null;
  if (draw < 4) return { kind: "forge", member, how: tape.pick(FORGERIES), group };
  if (draw < 7) return { kind: "replace", member, what: tape.chance(0.5) ? "document" : "profile", group };
  if (draw < 8) return { kind: "recreate", member, withMark: tape.chance(0.5) };
  return { kind: "forbidden", member, what: tape.pick(FORBIDDEN) };
}

function farFutures(tape: Tape, place: () => number, members: number): readonly Placed[] {
  return Array.from({ length: 1 + tape.below(2) }, (): Placed => {
    const member = tape.chance(0.6) ? 0 : tape.below(members);
    return [place(), { kind: "far-future", member, side: tape.pick(SIDES), group: tape.pick(GROUPS), isCrafted: tape.chance(0.5) }];
  });
}
