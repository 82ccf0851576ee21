/** What may be in the way (FR-012). */
export const BLOCKER_TYPES = ["external", "technical", "resource", "requirement", "people"] as const;
