/** Writes the references that are made from the code: `docs/cli.md` and `docs/openapi.json`. Tests hold them up to date. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderReference } from "../src/cli/reference.ts";
import { renderApiReference } from "../src/server/reference.ts";

const docs = join(import.meta.dirname, "..", "docs");
writeFileSync(join(docs, "cli.md"), renderReference());
writeFileSync(join(docs, "openapi.json"), renderApiReference());
