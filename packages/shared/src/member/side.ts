/** One of the two systems that are kept equal. */
export type Side = "django" | "firestore";

export const SIDES = ["django", "firestore"] as const;

/** The side that is not `side`. */
export function otherSide(side: Side): Side {
  return side === "django" ? "firestore" : "django";
}
