/** The project that everything local lives in. */
export const PROJECT_ID = "member-sync-local";

/** Who may enter Django's admin site. */
export const ADMIN_USER = "admin";
