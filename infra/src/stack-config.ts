/** All that differs between one deployment and another. Nothing secret: secrets live in Secret Manager. */
export interface StackConfig {
  readonly project: string;
  /** Stands in the addresses of Cloud Run and in the name of Pub/Sub's own account. */
  readonly projectNumber: string;
  /** Where the services run and the scheduler works. */
  readonly region: string;
  /** Where the Firestore database is (`eur3`, `europe-north1`, …): its events come from there and nowhere else. */
  readonly firestoreLocation: string;
  /** Images are `<repository>/<service>:<tag>`. */
  readonly images: { readonly repository: string; readonly tag: string };
  /** The address that the Django app's endpoints are mounted under. */
  readonly djangoUrl: string;
  readonly mode: "realtime" | "scheduled";
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** The audience that Eventarc's tokens carry, where it is not the tracker's address as we make it. */
  readonly trackerAudience?: string;
  /** A new name for the Firestore database's history, once it was restored from a backup in place. */
  readonly firestoreLineage?: string;
}
