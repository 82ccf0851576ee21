/**
 * The published package must not bring along the Node of a checkout (189 MB), nor what only a checkout needs: `strip` takes
 * that out of `package.json` before it is packed, `restore` puts the original back. npm runs both (`prepack`, `postpack`).
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const manifest = path.join(root, "package.json");
const original = path.join(root, "node_modules/.osqr-package.json");

function strip(): void {
  const text = fs.readFileSync(manifest, "utf8");
  const { optionalDependencies, devDependencies: _dev, scripts: _scripts, ...published } = JSON.parse(text);
  if (optionalDependencies === undefined)
    throw new Error("package.json is already stripped: run npm run postpack");
  fs.writeFileSync(original, text);
  fs.writeFileSync(manifest, `${JSON.stringify(published, null, 2)}\n`);
}

function restore(): void {
  fs.writeFileSync(manifest, fs.readFileSync(original, "utf8"));
  fs.rmSync(original);
}

const mode = process.argv[2];
if (mode === "strip") strip();
else if (mode === "restore") restore();
else throw new Error(`expected "strip" or "restore", found ${mode}`);
