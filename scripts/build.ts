/**
 * Builds `dist/`: the program (`main.js`), the library (`index.js`) and its declarations (`types/`). Everything osqr depends on is
 * bundled, so that a start reads few files.
 */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, "dist");
/** Built here and put in place when it is whole: a build that fails leaves the old one. */
const draft = path.join(root, `dist.${process.pid}.new`);

async function main(): Promise<void> {
  const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as {
    version: string;
  };
  const input: Record<string, string> = { main: "src/main.ts" };
  const hasLibrary = fs.existsSync(path.join(root, "src/index.ts"));
  if (hasLibrary) input.index = "src/index.ts";

  await build({
    cwd: root,
    input,
    platform: "node",
    tsconfig: false,
    transform: {
      target: "node22",
      define: { __OSQR_VERSION__: JSON.stringify(version) },
    },
    output: {
      dir: draft,
      format: "esm",
      sourcemap: true,
      entryFileNames: "[name].js",
      chunkFileNames: "chunks/[name]-[hash].js",
    },
  });
  if (hasLibrary) {
    const tsc = path.join(root, "node_modules/typescript/bin/tsc");
    execFileSync(
      process.execPath,
      [tsc, "-p", "tsconfig.build.json", "--outDir", path.join(draft, "types")],
      {
        cwd: root,
        stdio: "inherit",
      },
    );
  }
  fs.rmSync(dist, { recursive: true, force: true });
  fs.renameSync(draft, dist);
}

try {
  await main();
} finally {
  fs.rmSync(draft, { recursive: true, force: true });
}
