import { type Glob, globsMeet, parseGlob } from "../conflicts/glob.ts";
import type { ActionName } from "./action-names.ts";
import { isManifest, nameOf } from "./manifests.ts";

const TESTS =
  /(?:^|\/)(?:tests?|__tests__|spec|e2e|__snapshots__|testdata|__mocks__)\/|[._-](?:test|spec|tests)\.[a-z0-9]+$|(?:^|\/)(?:test_[^/]+|conftest)\.py$|_test\.[a-z0-9]+$|\.snap$/;
const SOURCE =
  /\.(?:[cm]?[jt]sx?|py|go|rs|java|kts?|rb|php|c|cc|cpp|cxx|h|hh|hpp|cs|fs|swift|scala|exs?|erl|lua|zig|dart|vue|svelte|clj|hs|ml|jl|r|m|mm|sql|sh)$/;
const ARCHITECTURE =
  /(?:^|\/)(?:architecture\.(?:md|adoc|rst)|schema\.(?:prisma|sql|graphql|rb)|openapi\.(?:json|ya?ml))$|\.proto$|(?:^|\/)(?:db\/)?migrations?\//;

/** What a program makes anew: taking it away loses nothing. */
const GENERATED =
  /(?:^|\/)(?:node_modules|dist|build|out|coverage|target|tmp|temp|\.cache|\.next|\.nuxt|\.turbo|\.parcel-cache|__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.tox|\.venv|venv|\.eggs|\.gradle|\.nyc_output|\.vite|\.output|\.svelte-kit|obj|logs?)(?:\/|$)|\.(?:pyc|pyo|log|tmp|bak|orig|tsbuildinfo|o|egg-info)$/;

export const isGenerated = (key: string): boolean => GENERATED.test(key);

/** Names that what is done to a path has, the narrowest first. A narrower name never takes the strictness of deleting away. */
export function namePathAction(
  kind: "create" | "edit" | "delete" | "move",
  key: string,
): readonly [ActionName, ...ActionName[]] {
  if (ARCHITECTURE.test(key)) return ["change_architecture", kind, "write"];
  if (kind === "delete") return [kind, "write"];
  if (isManifest(key)) return ["add_dependency", kind, "write"];
  if (TESTS.test(key)) return ["update_tests", kind, "write"];
  return kind === "move" && SOURCE.test(nameOf(key)) ? ["refactor_code", kind, "write"] : [kind, "write"];
}

/** True where a path is in one of the globs, or may be. An empty list holds nothing. */
export function isCovered(path: string, globs: readonly string[]): boolean {
  const own = parseGlob(path);
  return own !== null && globs.some((text) => meets(own, text));
}

function meets(own: Glob, text: string): boolean {
  const glob = parseGlob(text);
  return glob !== null && globsMeet(glob, own);
}
