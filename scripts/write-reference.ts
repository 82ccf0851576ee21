/** Writes the references that are made from the code: `docs/cli.md`, `docs/openapi.json`, `docs/schemas`. Tests hold them up to date. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderReference } from "../src/cli/reference.ts";
import { describeHandoffSchema, HANDOFF_VERSION } from "../src/core/handoff/shape.ts";
import { renderWorkflowSchema } from "../src/core/workflow/json-schema.ts";
import { renderApiReference } from "../src/server/reference.ts";
import { renderErrors } from "./errors.ts";

const docs = join(import.meta.dirname, "..", "docs");
writeFileSync(join(docs, "cli.md"), renderReference());
writeFileSync(join(docs, "openapi.json"), renderApiReference());
mkdirSync(join(docs, "schemas"), { recursive: true });
writeFileSync(join(docs, "schemas", "workflow.v1.json"), renderWorkflowSchema());
writeFileSync(join(docs, "schemas", `handoff.v${HANDOFF_VERSION}.json`), describeHandoffSchema());
writeFileSync(join(docs, "errors.md"), renderErrors());
