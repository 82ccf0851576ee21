import type { EpochMs } from "../../model/ids.ts";

export const toIso = (at: EpochMs): string => new Date(at).toISOString();

/** Null stays null: not yet. */
export const toIsoOrNull = (at: EpochMs | null): string | null => (at === null ? null : toIso(at));
