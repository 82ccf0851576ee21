/** The published schema of a workflow file, for editors and other programs: `docs/schemas/workflow.v1.json`. */
import { z } from "zod";
import { workflowShape } from "./shape.ts";

/** A field may become optional or a new one come within a version; anything else is a new version with a file of its own. */
const SCHEMA_VERSION = 1;

/** JSON Schema (draft 2020-12) as text. It knows each field; what fields and steps mean together only osqr checks. */
export function renderWorkflowSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(workflowShape, { io: "input" });
  const $id = `urn:osqr:workflow:v${SCHEMA_VERSION}`;
  return `${JSON.stringify({ $schema, $id, ...schema }, null, 2)}\n`;
}
