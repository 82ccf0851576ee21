/** Which audit of known holes a project's package manager has. */
import type { RootFiles } from "../../ecosystems/ecosystem.ts";

interface Audit {
  /** Any of them says that the package manager is used. */
  readonly files: readonly string[];
  /** Prints its findings as JSON. */
  readonly command: string;
}

/** The first whose lockfile is there. */
const audits: readonly Audit[] = [
  { files: ["package-lock.json", "npm-shrinkwrap.json"], command: "npm audit --json" },
  { files: ["pnpm-lock.yaml"], command: "pnpm audit --json" },
  { files: ["bun.lock", "bun.lockb"], command: "bun audit --json" },
  { files: [".yarnrc.yml"], command: "yarn npm audit --all --recursive --json" },
  { files: ["yarn.lock"], command: "yarn audit --json" },
  { files: ["Cargo.lock"], command: "cargo audit --json" },
  { files: ["go.sum", "go.mod"], command: "govulncheck -format json ./..." },
  { files: ["uv.lock"], command: "uv run --no-sync pip-audit --format json --progress-spinner off" },
  { files: ["poetry.lock"], command: "poetry run pip-audit --format json --progress-spinner off" },
  {
    files: ["requirements.txt"],
    command: "pip-audit --requirement requirements.txt --format json --progress-spinner off",
  },
];

export const auditFiles: readonly string[] = audits.flatMap(({ files }) => files);

/** Null: nothing that is known to have one. */
export function findAudit(files: RootFiles): { readonly command: string; readonly source: string } | null {
  for (const { files: names, command } of audits) {
    const source = names.find((name) => files.has(name));
    if (source !== undefined) return { command, source };
  }
  return null;
}
