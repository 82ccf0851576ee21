import { type Ecosystem, type FoundGate, firstPresent, type RootFiles } from "./ecosystem.ts";
import { hasSection, outlineToml, type TomlOutline } from "./toml.ts";

const requirementFiles = [
  "requirements.txt",
  "requirements-dev.txt",
  "requirements_dev.txt",
  "dev-requirements.txt",
  "requirements-test.txt",
  "test-requirements.txt",
];

interface Tool {
  readonly kind: FoundGate["kind"];
  readonly name: string;
  readonly argument: string;
  /** Sections of pyproject.toml that set the tool up. */
  readonly section: string;
  /** Files that belong to the tool alone. */
  readonly files: readonly string[];
  /** Section header of setup.cfg or tox.ini. */
  readonly ini: RegExp;
}

const tools: readonly Tool[] = [
  {
    kind: "types",
    name: "mypy",
    argument: "mypy .",
    section: "tool.mypy",
    files: ["mypy.ini", ".mypy.ini"],
    ini: /^\[mypy\]/m,
  },
  {
    kind: "lint",
    name: "ruff",
    argument: "ruff check .",
    section: "tool.ruff",
    files: ["ruff.toml", ".ruff.toml"],
    ini: /^\[ruff\]/m,
  },
  {
    kind: "tests",
    name: "pytest",
    argument: "pytest",
    section: "tool.pytest",
    files: ["pytest.ini", ".pytest.ini"],
    ini: /^\[(tool:)?pytest\]/m,
  },
];

/** pytest, ruff and mypy, where pyproject.toml, their own file or a list of requirements names them. */
export const python: Ecosystem = {
  name: "python",
  files: [
    "pyproject.toml",
    "setup.cfg",
    "tox.ini",
    "uv.lock",
    "poetry.lock",
    ...requirementFiles,
    ...tools.flatMap((tool) => tool.files),
  ],
  find(files) {
    const outline = outlineToml(files.get("pyproject.toml") ?? "");
    const prefix = files.has("uv.lock")
      ? "uv run --no-sync "
      : files.has("poetry.lock")
        ? "poetry run "
        : "python3 -m ";
    const gates: FoundGate[] = [];
    for (const tool of tools) {
      const source = findSource(tool, files, outline);
      if (source !== null) gates.push({ kind: tool.kind, command: `${prefix}${tool.argument}`, source });
    }
    return gates;
  },
};

function findSource(tool: Tool, files: RootFiles, outline: TomlOutline): string | null {
  if (hasSection(outline, tool.section)) return `pyproject.toml [${tool.section}]`;
  const own = firstPresent(files, tool.files);
  if (own !== null) return own;
  for (const path of ["setup.cfg", "tox.ini"]) {
    if (tool.ini.test(files.get(path) ?? "")) return path;
  }
  if (isRequiredByProject(tool.name, outline)) return "pyproject.toml dependencies";
  const requirement = new RegExp(`^${tool.name}\\b(?!-)`, "m");
  return requirementFiles.find((path) => requirement.test(files.get(path) ?? "")) ?? null;
}

/** PEP 621 and PEP 735 lists (`"pytest>=8"`), uv's dev list, and poetry's tables (`pytest = "^8"`). */
function isRequiredByProject(name: string, outline: TomlOutline): boolean {
  const quoted = new RegExp(`["']${name}(?:\\[[^\\]]*\\])?\\s*(?:[<>=!~;@,][^"']*)?["']`);
  const key = new RegExp(`^\\s*${name}\\s*=`);
  for (const [section, lines] of outline.lines) {
    const isTable =
      /^tool\.poetry\.(dev-)?(group\.[^.]+\.)?dependencies$|^tool\.poetry\.dev-dependencies$/.test(section);
    const isList = /^(project|project\.optional-dependencies|dependency-groups|tool\.uv)$/.test(section);
    if (isTable && lines.some((line) => key.test(line))) return true;
    if (isList && lines.some((line) => quoted.test(line))) return true;
  }
  return false;
}
