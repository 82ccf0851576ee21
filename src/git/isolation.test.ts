import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder, makeRepo, seeRepo, type TestRepo, writeBelow } from "../../test/support/git-repo.ts";
import { copyBeneath } from "./safe-copy.ts";
import type { GitPort } from "./types.ts";

/** Two parallel attempts, joined, edited and landed: all that osqr does with a repository. */
async function runCycle(port: GitPort, base: string): Promise<string> {
  const { commit: start } = await port.resolveBase(base);
  const commits = await Promise.all(
    ["a-1", "a-2"].map(async (name) => {
      const workspace = await port.createWorkspace(name, start);
      writeBelow(workspace.tree, `made/${name}.txt`, name);
      writeBelow(workspace.tree, "shared.txt", name === "a-1" ? "1\n2\n3\n4\nfive\n" : "one\n2\n3\n4\n5\n");
      const { commit } = await port.snapshot(workspace, name, 0);
      await port.updateRef(`refs/osqr/work/${name}`, commit, null);
      await port.removeWorkspace(name);
      return commit;
    }),
  );
  const [one = "", two = ""] = commits;
  const { tree, conflicts } = await port.merge(one, two);
  expect(conflicts).toEqual([]);
  const edited = await port.editTree(tree, [{ path: "docs/done.md", content: "- [x] done\n" }]);
  const merged = await port.commit({ tree: edited, parents: [one, two], message: "land", at: 0 });
  expect(await port.changes(start, merged)).toHaveLength(4);
  expect(await port.land(base, start, merged)).toMatchObject({ kind: "landed" });
  for (const { ref } of await port.listRefs("refs/osqr/")) await port.deleteRef(ref);
  return merged;
}

const files = { "shared.txt": "1\n2\n3\n4\n5\n", "own.txt": "o\n", "keep/x.txt": "x\n" };

/** A user in the middle of things: staged, unstaged, untracked and stashed changes, branches, config, a hook. */
function makeBusy(repo: TestRepo): void {
  repo.write("own.txt", "stashed\n");
  repo.git("stash", "push", "-q");
  repo.git("branch", "other");
  repo.git("tag", "v1");
  repo.git("config", "alias.x", "status");
  writeFileSync(join(repo.root, ".git/info/exclude"), "*.local\n");
  writeBelow(repo.root, ".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
  repo.write("own.txt", "staged\n");
  repo.git("add", "own.txt");
  repo.write("keep/x.txt", "unstaged\n");
  repo.write("untracked.txt", "u\n");
  repo.write("secret.local", "s\n");
}

test("a whole cycle leaves all but the base branch as it was, while another branch is checked out", async () => {
  const repo = makeRepo(files);
  repo.git("switch", "-qc", "side");
  makeBusy(repo);
  const before = seeRepo(repo);
  const index = readFileSync(join(repo.root, ".git/index"));
  const { port, emptyTrash } = await repo.open();
  const landed = await runCycle(port, "main");
  expect(repo.git("rev-parse", "main")).toBe(landed);
  expect({ ...seeRepo(repo), refs: "" }).toEqual({ ...before, refs: "" });
  expect(seeRepo(repo).refs).toBe(before.refs?.replace(/main .*/, `main ${landed}`));
  expect(readFileSync(join(repo.root, ".git/index")).equals(index)).toBe(true);
  expect(repo.git("fsck", "--no-dangling")).toBe("");
  await emptyTrash();
  expect(readdirSync(repo.workFolder)).toEqual([".trash"]);
});

test("a whole cycle with the base checked out brings its files and touches no local change", async () => {
  const repo = makeRepo(files);
  makeBusy(repo);
  const before = seeRepo(repo);
  const { port } = await repo.open();
  const landed = await runCycle(port, "main");
  const after = seeRepo(repo);
  for (const what of ["head", "status", "stash", "config", "hooks", "info"])
    expect(after[what]).toBe(before[what]);
  expect(after.refs).toBe(before.refs?.replace(/main .*/, `main ${landed}`));
  expect(repo.read("shared.txt")).toBe("one\n2\n3\n4\nfive\n");
  expect([repo.read("own.txt"), repo.read("keep/x.txt")]).toEqual(["staged\n", "unstaged\n"]);
  expect(repo.git("diff", "--cached", "--name-only")).toBe("own.txt");
});

test("hooks, filters, drivers, textconv and file monitors of the project's config do not run", async () => {
  const repo = makeRepo({ ...files, ".gitattributes": "* filter=evil diff=evil merge=evil\n" });
  repo.git("switch", "-qc", "side");
  const marker = join(repo.folder, "ran");
  const evil = join(repo.folder, "evil");
  writeFileSync(evil, `#!/bin/sh\necho "$0 $*" >> ${marker}\ncat\n`);
  chmodSync(evil, 0o755);
  for (const key of [
    ...[
      "filter.evil.clean",
      "filter.evil.smudge",
      "filter.evil.process",
      "merge.evil.driver",
      "diff.evil.textconv",
    ],
    ...[
      "diff.evil.command",
      "diff.external",
      "core.fsmonitor",
      "core.sshCommand",
      "core.editor",
      "core.pager",
    ],
    ...["credential.helper", "gpg.program", "uploadpack.packObjectsHook", "core.alternateRefsCommand"],
  ]) {
    repo.git("config", key, evil);
  }
  repo.git("config", "filter.evil.required", "true");
  repo.git("config", "commit.gpgSign", "true");
  for (const hook of readdirSync(join(repo.root, ".git/hooks"))) rmSync(join(repo.root, ".git/hooks", hook));
  for (const hook of [
    "reference-transaction",
    "post-checkout",
    "post-index-change",
    "post-merge",
    "pre-auto-gc",
  ]) {
    writeFileSync(join(repo.root, ".git/hooks", hook), `#!/bin/sh\necho "$0" >> ${marker}\n`);
    chmodSync(join(repo.root, ".git/hooks", hook), 0o755);
  }
  const { port } = await repo.open();
  await runCycle(port, "main");
  expect(existsSync(marker) ? readFileSync(marker, "utf8") : "").toBe("");
});

test("a merge conflict runs no driver and is not steered by attributes that a branch brings along", async () => {
  const repo = makeRepo(files);
  repo.git("config", "merge.evil.driver", `touch ${join(repo.folder, "ran")}`);
  const start = repo.git("rev-parse", "HEAD");
  const { port } = await repo.open();
  const commitWith = async (content: string, attributes: string) => {
    const edits = [
      { path: "shared.txt", content },
      { path: ".gitattributes", content: attributes },
    ];
    const tree = await port.editTree(start, edits);
    return port.commit({ tree, parents: [start], message: "x", at: 0 });
  };
  const [one, two] = [
    await commitWith("one\n", "* merge=evil\n"),
    await commitWith("two\n", "* merge=union\n"),
  ];
  expect((await port.merge(one, two)).conflicts).toEqual([".gitattributes", "shared.txt"]);
  expect(existsSync(join(repo.folder, "ran"))).toBe(false);
});

test("a tree with names that some file systems take for .git is not checked out", async () => {
  const repo = makeRepo(files);
  const { port } = await repo.open();
  const blob = repo.git("rev-parse", "HEAD:own.txt");
  for (const name of [".GIT", "git~1", ".git"]) {
    const input = `100644 blob ${blob}\t${name}\n`;
    const tree = execFileSync("git", ["mktree"], { cwd: repo.root, input, encoding: "utf8" }).trim();
    const start = await port.commit({ tree, parents: [], message: "hostile", at: 0 });
    await expect(port.createWorkspace("a-1", start)).rejects.toThrow(/invalid path/);
  }
  expect(await port.listWorkspaces()).toEqual([]);
});

test("files are read from the tree that was meant, not through a folder exchanged for a link", async () => {
  const folder = makeFolder();
  const [tree, stage] = [join(folder, "tree"), join(folder, "stage")];
  writeBelow(folder, "secret/key", "private");
  writeBelow(tree, "fine", "fine");
  writeBelow(tree, "exchanged/key", "x");
  mkdirSync(stage);
  rmSync(join(tree, "exchanged"), { recursive: true });
  symlinkSync(join(folder, "secret"), join(tree, "exchanged"));
  symlinkSync("fine", join(tree, "link"));
  execFileSync("mkfifo", [join(tree, "pipe")]);
  expect(await copyBeneath(tree, "fine", stage)).toEqual({ kind: "copied" });
  expect(await copyBeneath(tree, "gone", stage)).toEqual({ kind: "gone" });
  expect(await copyBeneath(tree, "fine/below", stage)).toEqual({ kind: "gone" });
  for (const [path, reason] of [
    ["exchanged/key", "its folder was exchanged"],
    ["link", "it became a link"],
    ["pipe", "it is no regular file"],
  ] as const) {
    expect(await copyBeneath(tree, path, stage)).toEqual({ kind: "unreadable", reason });
  }
  expect(readdirSync(stage)).toEqual(["fine"]);
});
