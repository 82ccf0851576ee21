/** All workflow files of a commit. */
import type { SpecProblem } from "../../core/model/spec.ts";
import type { WorkflowDefinition } from "../../core/model/workflow.ts";
import { decodeDocument } from "../decode.ts";
import { toProblem } from "../problems.ts";
import { describeTooLarge, readWorkflow, WORKFLOW_BYTES_MAX } from "./read-workflow.ts";

/** Folder of a project's workflow files. */
export const WORKFLOW_FOLDER = ".osqr/workflows";

/** More are not read. */
const FILES_MAX = 500;

/** A file that `isWorkflowPath` accepted. */
export interface WorkflowDocument {
  /** From the repository's root, with `/`. */
  readonly path: string;
  /** Null where it is over `WORKFLOW_BYTES_MAX` and was not read. */
  readonly bytes: Uint8Array | null;
  /** In bytes. */
  readonly size: number;
}

/** The workflows of a commit: those that hold, and what is wrong with the others. */
export interface FoundWorkflows {
  /** By name and version. */
  readonly definitions: readonly WorkflowDefinition[];
  readonly problems: readonly SpecProblem[];
}

/** True for `.osqr/workflows/<file>.yaml` and `.yml`. */
export function isWorkflowPath(path: string): boolean {
  return /^\.osqr\/workflows\/[^/]+\.ya?ml$/.test(path);
}

/** Reads the workflow files of a commit. Pure over the bytes; their order does not matter. Broken files stop no others. */
export function readWorkflows(documents: readonly WorkflowDocument[]): FoundWorkflows {
  const inOrder = documents.toSorted((a, b) => compare(a.path, b.path));
  const problems: SpecProblem[] = [];
  const versions = new Map<string, WorkflowDefinition>();
  for (const document of inOrder.slice(0, FILES_MAX)) {
    const read = readDocument(document);
    problems.push(...read.problems);
    for (const definition of read.definitions) {
      const key = `${definition.name}@${definition.version}`;
      const first = versions.get(key);
      if (first === undefined) versions.set(key, definition);
      else problems.push(describeRepeated(definition, first));
    }
  }
  if (inOrder.length > FILES_MAX) problems.push(describeTooMany(inOrder));
  const definitions = [...versions.values()].sort((a, b) => compare(a.name, b.name) || a.version - b.version);
  return { definitions, problems };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function readDocument({ path, bytes, size }: WorkflowDocument): FoundWorkflows {
  if (bytes === null || size > WORKFLOW_BYTES_MAX)
    return { definitions: [], problems: [describeTooLarge(path, size)] };
  const decoded = decodeDocument(path, bytes, size);
  if (decoded.kind !== "text") return { definitions: [], problems: [decoded.problem] };
  const read = readWorkflow(decoded.text, path);
  return "problems" in read
    ? { definitions: [], problems: read.problems }
    : { definitions: [read.definition], problems: [] };
}

function describeRepeated(second: WorkflowDefinition, first: WorkflowDefinition): SpecProblem {
  const { name, version, source } = second;
  return toProblem(source, 1, {
    severity: "error",
    code: "duplicate-version",
    message: `version ${version} of the workflow "${name}" stands in ${first.source} and in ${source}; the first counts`,
    found: `${first.source}, ${source}`,
    expected: "one file for each version of a workflow",
    hint: `give ${source} a higher version, or another name`,
  });
}

function describeTooMany(documents: readonly WorkflowDocument[]): SpecProblem {
  return toProblem(documents[FILES_MAX]?.path ?? WORKFLOW_FOLDER, 1, {
    severity: "error",
    code: "too-many-workflows",
    message: `only the first ${FILES_MAX} workflow files were read`,
    found: `${documents.length} files`,
    expected: `at most ${FILES_MAX}`,
    hint: "remove versions that nothing uses any more",
  });
}
