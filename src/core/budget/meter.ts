/**
 * Exact metering: a proxy holds the key, and lets a request pass only where the most that it can cost fits what is reserved. With
 * that no interleaving of attempts and requests can exceed a limit, whatever the requests cost in the end. Pure.
 */
import type { Amount } from "../model/budget.ts";
import { MEASURES } from "../model/budget.ts";
import { add, mapAmount, ZERO } from "./amounts.ts";

/** What one attempt may still spend. */
export interface Meter {
  /** Its reservation, raised ones included. */
  readonly granted: Amount;
  readonly used: Amount;
  /** The most that requests under way can cost. */
  readonly open: Amount;
}

export const openMeter = (granted: Amount): Meter => ({ granted, used: ZERO, open: ZERO });

export type Admission =
  | { readonly ok: true; readonly meter: Meter }
  /** `missing`: what has to be reserved beside (`reserve_more`) before it may pass. */
  | { readonly ok: false; readonly missing: Amount };

/** @param most what the request costs at the most: its input as it is, its output at its bound */
export function admitRequest(meter: Meter, most: Amount): Admission {
  const open = add(meter.open, most);
  const wanted = add(meter.used, open);
  const missing = mapAmount((measure) => Math.max(0, wanted[measure] - meter.granted[measure]));
  if (MEASURES.some((measure) => missing[measure] > 0)) return { ok: false, missing };
  return { ok: true, meter: { ...meter, open } };
}

/**
 * The request is over.
 *
 * @param used what it cost; null: nobody said, so it cost the most that it could
 */
export function settleRequest(meter: Meter, most: Amount, used: Amount | null): Meter {
  const spent = used === null ? most : used;
  return { ...meter, open: add(meter.open, most, -1), used: add(meter.used, spent) };
}

/** More was reserved for it. */
export const raiseMeter = (meter: Meter, more: Amount): Meter => ({
  ...meter,
  granted: add(meter.granted, more),
});
