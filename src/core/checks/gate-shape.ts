/** The shape of `gates` and `watch` in a config file. */
import { z } from "zod";
import {
  byteSize,
  duration,
  eitherOf,
  list,
  mapping,
  oneOf,
  section,
  text,
  value,
  wholeNumber,
} from "../config-values.ts";
import { type GateChoice, SEVERITIES, type Severity } from "./choices.ts";
import type { WatchLevel } from "./watch-policy.ts";

const TIMEOUT_MS_MAX = 7 * 86_400_000;
const RUNS_MAX = 20;

export const isCommand = (found: string): boolean =>
  found.trim() !== "" && found.length <= 10_000 && !found.includes("\0");

const command = text("a shell command", isCommand);
const timeout = duration("a duration up to 7 days such as 5m or 1h 30m", TIMEOUT_MS_MAX);
const critical = value("true or false", (found) => (typeof found === "boolean" ? found : null));
const place = text("a file inside the repository", (found) => {
  const parts = found.split("/");
  return found !== "" && found.length <= 1_000 && !/^[/\\]|\0/.test(found) && !parts.includes("..");
});
const percent = value("a percentage from 0 to 100", (found) =>
  typeof found === "number" && found >= 0 && found <= 100 ? found : null,
);
const common = { timeout: timeout.optional(), critical: critical.optional() };

interface Common {
  readonly timeout?: number | undefined;
  readonly critical?: boolean | undefined;
}

const toSettings = ({ timeout: timeoutMs, critical: isCritical }: Common) => ({
  ...(timeoutMs === undefined ? {} : { timeoutMs }),
  ...(isCritical === false ? { critical: false as const } : {}),
});

/** `off` and `on` are words in YAML 1.2, and no commands: what is switched on has more to say. */
const word = (expected: string): z.ZodType<GateChoice> =>
  value<GateChoice>(
    expected,
    (found) => {
      if (found === false || found === "off") return false;
      if (found === "on") return null;
      return typeof found === "string" && isCommand(found) ? found : null;
    },
    true,
  );

const ofCommand = section({ command, ...common }).transform(
  ({ command: run, ...rest }): GateChoice => ({ command: run, ...toSettings(rest) }),
);

const ofCoverage = section({
  target: percent.optional(),
  command: command.optional(),
  report: place.optional(),
  ...common,
}).transform(({ target, command: run, report, ...rest }, context): GateChoice => {
  const settings = toSettings(rest);
  if (target === undefined && run !== undefined && report === undefined) return { command: run, ...settings };
  if (target !== undefined)
    return { measures: "coverage", target, command: run ?? null, report: report ?? null, ...settings };
  context.addIssue({
    code: "custom",
    message: "expected a target such as 80, found nothing",
    path: ["target"],
  });
  return z.NEVER;
});

const ofSecurity = section({
  command: command.optional(),
  level: oneOf<Severity>(...SEVERITIES).optional(),
  ...common,
}).transform(({ command: run, level, ...rest }): GateChoice => {
  const settings = toSettings(rest);
  return { measures: "security", command: run ?? null, level: level ?? "high", ...settings };
});

const isPattern = (found: string): boolean => {
  try {
    // One group: the number.
    return found.length <= 500 && new RegExp(`${found}|`, "m").exec("")?.length === 2;
  } catch {
    return false;
  }
};

const ofBenchmark = section({
  command,
  pattern: text("a regular expression with one group, the number", isPattern).optional(),
  file: place.optional(),
  key: text("a key such as results.0.mean", (found) => /^[^\0]{1,200}$/.test(found)).optional(),
  slower: value("a ratio from 1 to 100 such as 1.2", (found) =>
    typeof found === "number" && found >= 1 && found <= 100 ? found : null,
  ).optional(),
  better: oneOf<"lower" | "higher">("lower", "higher").optional(),
  runs: wholeNumber(`a whole number from 1 to ${RUNS_MAX}`, 1, RUNS_MAX).optional(),
  ...common,
}).transform(({ command: run, pattern, file, key, slower, better, runs, ...rest }, context): GateChoice => {
  const settings = toSettings(rest);
  if (pattern === undefined && file === undefined && key === undefined && slower === undefined)
    return { command: run, ...settings };
  const inFile = file !== undefined && key !== undefined ? { file, key } : null;
  const metric = pattern !== undefined && file === undefined && key === undefined ? { pattern } : inFile;
  if (metric === null || (inFile !== null && pattern !== undefined)) {
    context.addIssue({ code: "custom", message: "expected either a pattern, or a file and a key" });
    return z.NEVER;
  }
  const rate = { slower: slower ?? 1.2, better: better ?? "lower", runs: runs ?? 3 };
  return { measures: "benchmark", command: run, metric, ...rate, ...settings };
});

const glob = text("a glob inside the repository", (found) => {
  const parts = found.split("/");
  return found.trim() !== "" && found.length <= 500 && !/^[/!]|\0/.test(found) && !parts.includes("..");
});
const ofSecrets = section({
  allow: list("a list of globs", glob).optional(),
  comment: text(
    "a text of 8 to 100 characters",
    (found) => found.length >= 8 && found.length <= 100,
  ).optional(),
}).transform(
  ({ allow, comment }): GateChoice => ({ measures: "secrets", allow: allow ?? [], comment: comment ?? null }),
);

const plain = eitherOf<GateChoice>(ofCommand, word("a shell command, {command, timeout} or false"));
const securityWord = value<GateChoice>(
  "on, off, a shell command, or {command, level, timeout, critical}",
  (found) => {
    if (found === true || found === "on") return { measures: "security", command: null, level: "high" };
    if (found === false || found === "off") return false;
    return typeof found === "string" && isCommand(found) ? found : null;
  },
  true,
);
const secretsWord = value<GateChoice>("{allow, comment} or off", (found) =>
  found === false || found === "off" ? false : null,
);

/** Gates that osqr knows by name; every other is a command. */
const KNOWN: ReadonlyMap<string, z.ZodType<GateChoice>> = new Map([
  [
    "coverage",
    eitherOf<GateChoice>(ofCoverage, word("a mapping such as {target: 80}, a shell command or false")),
  ],
  ["security", eitherOf<GateChoice>(ofSecurity, securityWord)],
  [
    "benchmark",
    eitherOf<GateChoice>(
      ofBenchmark,
      word("a mapping such as {command: npm run bench}, a shell command or false"),
    ),
  ],
  ["secrets", eitherOf<GateChoice>(ofSecrets, secretsWord)],
]);

/** Keys of the mapping that a gate may be. */
export function listGateKeys(name: string): readonly string[] {
  const settings = Object.keys(common);
  switch (name) {
    case "coverage":
      return ["target", "command", "report", ...settings];
    case "security":
      return ["command", "level", ...settings];
    case "benchmark":
      return ["command", "pattern", "file", "key", "slower", "better", "runs", ...settings];
    case "secrets":
      return ["allow", "comment"];
    default:
      return ["command", ...settings];
  }
}

export const gates = mapping("a mapping from names to commands", z.unknown()).transform(
  (written, context): Record<string, GateChoice> => {
    const read = Object.entries(written).map(([name, found]) => {
      const result = (KNOWN.get(name) ?? plain).safeParse(found);
      for (const issue of result.error?.issues ?? [])
        context.issues.push({ ...issue, path: [name, ...issue.path], input: found } as z.core.$ZodRawIssue);
      return [name, result.data ?? false] as const;
    });
    return Object.fromEntries(read);
  },
);

const level = oneOf<WatchLevel>("warn", "critical").optional();
const off = value<false>("a mapping, or off", (found) => (found === false || found === "off" ? false : null));

function check<T extends z.ZodRawShape>(fields: T) {
  type Said = z.output<ReturnType<typeof section<T>>>;
  return eitherOf<Said | false>(section(fields) as unknown as z.ZodType<Said>, off).nullish();
}

const share = wholeNumber("a whole number of percent from 1 to 100", 1, 100);

const CHECKS = {
  tokens: { warn: share.optional(), red: share.optional() },
  progress: {
    after: duration("a duration from 1m to 7 days such as 20m", TIMEOUT_MS_MAX, 60_000).optional(),
  },
  errorRate: {
    limit: share.optional(),
    sample: wholeNumber("a whole number from 2 to 20", 2, 20).optional(),
    level,
  },
  memory: { max: byteSize.optional(), minFree: byteSize.optional(), level },
  disk: { max: byteSize.optional(), level },
} as const;

/** Keys of a check of `watch`. */
export const listWatchKeys = (name: string): readonly string[] =>
  Object.keys(Object.entries(CHECKS).find(([each]) => each === name)?.[1] ?? {});

/** Checks while an attempt runs. */
export const watch = section({
  every: duration("a duration from 1s to 10m such as 15s", 10 * 60_000, 1_000).nullish(),
  tokens: check(CHECKS.tokens),
  progress: check(CHECKS.progress),
  errorRate: check(CHECKS.errorRate),
  memory: check(CHECKS.memory),
  disk: check(CHECKS.disk),
});
