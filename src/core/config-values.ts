/** The values that a config file is made of, each with what it expects in words. */
import { z } from "zod";
import { parseByteSize } from "./byte-size.ts";
import { describeValue } from "./describe-value.ts";
import { parseDurationMs } from "./duration.ts";
import { findNearestName } from "./nearest-name.ts";
import type { RoutingProblem } from "./routing/check.ts";
import { PRESET_NAMES } from "./routing/presets.ts";

/** One value: `read` gives null for what is not `expected`. */
export function value<T>(expected: string, read: (found: unknown) => T | null, wantsText = false) {
  return z.unknown().transform((found, context): T => {
    const result = read(found);
    if (result !== null) return result;
    const message = `expected ${expected}, found ${describeValue(found)}`;
    context.addIssue({ code: "custom", message, params: { wantsText } });
    return z.NEVER;
  });
}

export function text(expected: string, isGood: (found: string) => boolean) {
  const read = (found: unknown) => (typeof found === "string" && isGood(found) ? found : null);
  return value(expected, read, true);
}

export function oneOf<const T extends string>(...words: readonly T[]) {
  return value(words.join(" or "), (found) => words.find((word) => word === found) ?? null);
}

type Context = z.core.$RefinementCtx<unknown>;

/** Tells problems of a mapping as a whole at their places in it. */
export function tell(problems: readonly RoutingProblem[], context: Context): void {
  for (const { path, message, hint } of problems) {
    context.addIssue({ code: "custom", message, path: [...path], params: { hint } });
  }
}

export const presetName = z.unknown().transform((found, context) => {
  const name = PRESET_NAMES.find((each) => each === found);
  if (name !== undefined) return name;
  const nearest = typeof found === "string" ? findNearestName(found, PRESET_NAMES) : null;
  const message = `expected ${PRESET_NAMES.join(" or ")}, found ${describeValue(found)}`;
  const hint = nearest === null ? null : `did you mean ${nearest}?`;
  context.addIssue({ code: "custom", message, params: { hint } });
  return z.NEVER;
});

export function wholeNumber(expected: string, minimum: number, maximum: number) {
  const isGood = (found: unknown): found is number =>
    Number.isInteger(found) && Number(found) >= minimum && Number(found) <= maximum;
  return value(expected, (found) => (isGood(found) ? found : null));
}

export function duration(expected: string, maximumMs: number, minimumMs = 0) {
  return value(expected, (found) => {
    const ms = typeof found === "string" ? parseDurationMs(found) : null;
    return ms !== null && ms >= minimumMs && ms <= maximumMs ? ms : null;
  });
}

export const byteSize = value("a size such as 20 GiB, or a number of bytes", (found) => {
  if (typeof found === "string") return parseByteSize(found);
  return Number.isSafeInteger(found) && Number(found) >= 1 ? Number(found) : null;
});

export function list<T extends z.ZodType>(expected: string, item: T) {
  return z.array(item, { error: ({ input }) => `expected ${expected}, found ${describeValue(input)}` });
}

export function mapping<T extends z.ZodType>(expected: string, item: T) {
  const error = ({ input }: { input?: unknown }) => `expected ${expected}, found ${describeValue(input)}`;
  return z.record(z.string(), item, { error });
}

export function section<T extends z.ZodRawShape>(shape: T) {
  const keys = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: ({ code, input }) =>
      code === "invalid_type" ? `expected a mapping with ${keys}, found ${describeValue(input)}` : undefined,
  });
}

/** Whichever fits what was found, so that its problems are named and not those of the other. */
export function eitherOf<T>(ofMapping: z.ZodType<T>, ofWord: z.ZodType<T>) {
  return z.unknown().transform((found, context): T => {
    const isMapping = typeof found === "object" && found !== null && !Array.isArray(found);
    const result = (isMapping ? ofMapping : ofWord).safeParse(found);
    if (result.success) return result.data;
    for (const issue of result.error.issues)
      context.issues.push({ ...issue, input: found } as z.core.$ZodRawIssue);
    return z.NEVER;
  });
}
