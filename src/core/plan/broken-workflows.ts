/** Workflow files that cannot be used, said in short: all details are in `osqr workflow check`. */
import type { SourceLocation, SpecProblem } from "../model/spec.ts";
import { countOf } from "../plural.ts";

const SEE = "osqr workflow check";
const FOLDER = ".osqr/workflows/";

/** One line for each file with errors; warnings as they are. */
export function summarizeProblems(problems: readonly SpecProblem[]): readonly SpecProblem[] {
  const byFile = Map.groupBy(problems, ({ location }) => location.path);
  return [...byFile.values()].flatMap((own) => {
    const errors = own.filter(({ severity }) => severity === "error");
    const [first] = errors;
    const others = own.filter(({ severity }) => severity !== "error");
    if (first === undefined) return others;
    const many = countOf(errors.length, "error");
    const message = `it cannot be used, ${many}: ${SEE}`;
    const nothing = { found: null, expected: null, hint: null };
    return [
      ...others,
      { ...first, ...nothing, severity: "warning" as const, code: "broken-workflow", message },
    ];
  });
}

/** Why a workflow that a file seems to hold is not there; null: no broken file has its name. */
export function explainBroken(
  problems: readonly SpecProblem[],
  name: string,
  location: SourceLocation,
): SpecProblem | null {
  const own = problems.filter(
    ({ severity, location: { path } }) => severity === "error" && isFileOf(path, name),
  );
  const [first] = own;
  if (first === undefined) return null;
  const { path, line } = first.location;
  return {
    severity: "error",
    code: "broken-workflow",
    message: `the workflow "${name}" cannot be used: ${path} has ${countOf(own.length, "error")}, the first in line ${line}: ${first.message}`,
    location,
    found: null,
    expected: null,
    hint: SEE,
  };
}

/** `feature.yaml`, `feature@2.yaml`, `feature-v2.yml` are files of `feature`. */
function isFileOf(path: string, name: string): boolean {
  const file = path.slice(path.startsWith(FOLDER) ? FOLDER.length : 0).replace(/\.ya?ml$/, "");
  return file === name || (file.startsWith(name) && /^[@._-]?v?\d+$/.test(file.slice(name.length)));
}
