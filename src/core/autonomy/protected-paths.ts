/** Files that change how machines behave, wherever in the tree they stand: writing to one always asks. */
import type { Hazard, HazardKind } from "./types.ts";

interface Kind {
  readonly kind: HazardKind;
  /** In words, e.g. `git hooks`. */
  readonly what: string;
  /** Names of folders: everything in them is meant. `a/b` is folder `b` in folder `a`. */
  readonly folders: readonly string[];
  /** Names of files; `*` at the end stands for any ending. */
  readonly files: readonly string[];
}

const words = (text: string): readonly string[] => text.split(" ");

/** Lower case: names are compared without it. The first that fits counts. */
const KINDS: readonly Kind[] = [
  { kind: "osqr", what: "the config of osqr", folders: [".osqr"], files: [] },
  {
    kind: "hooks",
    what: "git and its hooks",
    folders: words(".git .husky .githooks .git-hooks .lefthook"),
    files: words(
      ".git .gitmodules .gitconfig .pre-commit-config.yaml .pre-commit-hooks.yaml lefthook.* .lefthook.* .lintstagedrc* lint-staged.config.* .simple-git-hooks.* .huskyrc*",
    ),
  },
  {
    kind: "ci",
    what: "what CI runs",
    folders: words(
      ".github/workflows .github/actions .gitlab .circleci .buildkite .azure-pipelines .woodpecker .forgejo .gitea .tekton .semaphore .teamcity .harness",
    ),
    files: words(
      ".gitlab-ci.yml .gitlab-ci.yaml .travis.yml jenkinsfile jenkinsfile.* azure-pipelines.* azure-pipelines-* bitbucket-pipelines.yml .drone.yml .drone.star .woodpecker.yml .woodpecker.yaml appveyor.yml .appveyor.yml cloudbuild.yaml cloudbuild.yml .cirrus.yml .cirrus.star codefresh.yml buildspec.yml dependabot.yml codeowners",
    ),
  },
  {
    kind: "agent",
    what: "settings and instructions of agents",
    folders: words(
      ".claude .codex .cursor .gemini .qwen .opencode .agents .windsurf .continue .roo .cline .clinerules .kiro .amazonq .junie .aider .augment .github/instructions .github/prompts .github/agents .github/chatmodes",
    ),
    files: words(
      "claude.md claude.local.md agents.md agents.override.md agent.md gemini.md qwen.md .mcp.json mcp.json opencode.json opencode.jsonc .cursorrules .cursorignore .windsurfrules .clinerules .goosehints .aider.conf.yml .aiderignore .geminiignore copilot-instructions.md .roomodes .rules",
    ),
  },
  {
    kind: "editor",
    what: "what editors run",
    folders: words(".vscode .idea .zed .fleet .devcontainer .theia .vim .nvim"),
    files: words(
      ".devcontainer.json .exrc .vimrc .nvimrc .nvim.lua .lvimrc .dir-locals.el *.code-workspace *.sublime-project",
    ),
  },
  {
    kind: "environment",
    what: "what shells run",
    folders: words(".direnv .ssh .gnupg .config/fish .mise"),
    files: words(
      ".envrc .bashrc .bash_profile .bash_login .bash_logout .profile .zshrc .zshenv .zprofile .zlogin mise.toml .mise.toml mise.local.toml .netrc .inputrc",
    ),
  },
  {
    kind: "registry",
    what: "where packages come from",
    folders: words(".yarn/plugins .yarn/releases .cargo .mvn .bundle gradle/wrapper"),
    files: words(
      ".npmrc .yarnrc .yarnrc.yml .pnpmfile.cjs .pnpmfile.mjs bunfig.toml pip.conf pip.ini .pypirc uv.toml .gemrc nuget.config .condarc .curlrc .wgetrc",
    ),
  },
  { kind: "install", what: "what runs when packages are installed", folders: [], files: ["binding.gyp"] },
];

/** Finds what a path, as it is compared, is protected for; null: it is not. */
export function findProtected(key: string): Hazard | null {
  const segments = key.split("/");
  for (const kind of KINDS) {
    if (isInFolder(segments, kind.folders) || isFile(segments.at(-1) ?? "", kind.files)) {
      return { kind: kind.kind, text: kind.what };
    }
  }
  return null;
}

/** What holds such a folder is meant too: to move or delete it moves or deletes the folder. */
const isInFolder = (segments: readonly string[], folders: readonly string[]): boolean =>
  folders.some((folder) => {
    const [first, second] = folder.split("/");
    return segments.some((name, at) => {
      const next = segments[at + 1];
      return name === first && (second === undefined || next === undefined || next === second);
    });
  });

const isFile = (name: string, files: readonly string[]): boolean =>
  files.some((file) => {
    if (file.endsWith("*")) return name.startsWith(file.slice(0, -1));
    return file.startsWith("*") ? name.endsWith(file.slice(1)) : name === file;
  });
