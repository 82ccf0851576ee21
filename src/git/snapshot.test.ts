import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { makeRepo, type TestRepo, writeBelow } from "../../test/support/git-repo.ts";
import type { GitPort, WorkspaceRef } from "./types.ts";

interface Bench {
  readonly repo: TestRepo;
  readonly port: GitPort;
  readonly workspace: WorkspaceRef;
  readonly tree: string;
}

async function makeWorkspace(files?: Readonly<Record<string, string>>): Promise<Bench> {
  const repo = makeRepo(files ?? { "a.txt": "a\n", "src/b.txt": "b\n", "src/c.txt": "c\n" });
  const { port } = await repo.open();
  const workspace = await port.createWorkspace("a-1", repo.git("rev-parse", "HEAD"));
  return { repo, port, workspace, tree: workspace.tree };
}

/** Takes a snapshot; changes as lines, warnings, and the tree's files. */
async function snap({ repo, port, workspace }: Bench) {
  const snapshot = await port.snapshot(workspace, "work", 1_700_000_000_000);
  return {
    ...snapshot,
    changes: snapshot.files.map(({ kind, path, added, deleted }) => `${kind} ${path} +${added} -${deleted}`),
    list: () => repo.git("ls-tree", "-r", "-z", "--name-only", snapshot.commit).split("\0").filter(Boolean),
    show: (path: string) => repo.git("cat-file", "blob", `${snapshot.commit}:${path}`),
  };
}

beforeAll(() => {
  process.umask(0o022);
});

test("an untouched work tree gives the start itself", async () => {
  const bench = await makeWorkspace();
  const { start } = bench.workspace;
  const tree = bench.repo.git("rev-parse", `${start}^{tree}`);
  expect(await bench.port.snapshot(bench.workspace, "work", 0)).toEqual({
    commit: start,
    tree,
    files: [],
    warnings: [],
  });
});

test("added, changed and deleted files become a commit by osqr on the start", async () => {
  const bench = await makeWorkspace();
  writeBelow(bench.tree, "new/d.txt", "1\n2\n");
  writeBelow(bench.tree, "a.txt", "A\n");
  writeBelow(bench.tree, "image.bin", Buffer.from([0, 1, 2]));
  rmSync(join(bench.tree, "src/b.txt"));
  const { commit, changes, warnings } = await snap(bench);
  expect(changes).toEqual([
    "modified a.txt +1 -1",
    "added image.bin +null -null",
    "added new/d.txt +2 -0",
    "deleted src/b.txt +0 -1",
  ]);
  expect(warnings).toEqual([]);
  expect(bench.repo.git("log", "-1", "--format=%P|%an <%ae> %aI|%cn <%ce> %cI|%B", commit)).toBe(
    `${bench.workspace.start}|osqr <osqr@localhost> 2023-11-14T22:13:20+00:00|osqr <osqr@localhost> 2023-11-14T22:13:20+00:00|work`,
  );
});

test("the same work gives the same commit, and a later snapshot again stands on the start", async () => {
  const bench = await makeWorkspace();
  writeBelow(bench.tree, "b", "1");
  const first = await snap(bench);
  expect((await snap(bench)).commit).toBe(first.commit);
  rmSync(join(bench.tree, "b"));
  expect((await snap(bench)).commit).toBe(bench.workspace.start);
});

test("a change of the same size within the clock's tick of the checkout is seen", async () => {
  const bench = await makeWorkspace();
  // All times but the change time as they were; the index is as young as the file.
  writeBelow(bench.tree, "a.txt", "z\n");
  const { mtimeMs } = await import("node:fs").then(({ statSync }) => statSync(join(bench.tree, "src/b.txt")));
  utimesSync(join(bench.tree, "a.txt"), mtimeMs / 1000, mtimeMs / 1000);
  expect((await snap(bench)).changes).toEqual(["modified a.txt +1 -1"]);
});

test("the executable bit is kept and its change is a change", async () => {
  const bench = await makeWorkspace({ "run.sh": "#!/bin/sh\n", plain: "x" });
  chmodSync(join(bench.tree, "run.sh"), 0o644);
  chmodSync(join(bench.tree, "plain"), 0o755);
  const { commit, changes } = await snap(bench);
  expect(changes).toEqual(["modified plain +0 -0", "modified run.sh +0 -0"]);
  expect(bench.repo.git("ls-tree", "--format=%(objectmode) %(path)", commit)).toBe(
    "100755 plain\n100644 run.sh",
  );
});

test("ignored files stay out, tracked ones in an ignored folder are followed", async () => {
  const bench = await makeWorkspace({
    ".gitignore": "node_modules/\n*.log\ndist/*\n!dist/keep\n",
    "pkg/.gitignore": "/out\n!kept.log\n",
  });
  const { repo } = bench;
  for (const path of [
    "node_modules/x/i.js",
    "b.log",
    "dist/no",
    "dist/keep",
    "pkg/out",
    "pkg/kept.log",
    "pkg/sub/out",
  ])
    writeBelow(bench.tree, path, "x");
  const { changes } = await snap(bench);
  expect(changes.map((line) => line.split(" ")[1])).toEqual(["dist/keep", "pkg/kept.log", "pkg/sub/out"]);
  repo.write("node_modules/tracked.js", "1");
  repo.git("add", "-f", ".");
  const start = repo.commit();
  const workspace = await bench.port.createWorkspace("a-2", start);
  writeBelow(workspace.tree, "node_modules/tracked.js", "2");
  writeBelow(workspace.tree, "node_modules/new.js", "2");
  const { files } = await bench.port.snapshot(workspace, "work", 0);
  expect(files.map(({ path }) => path)).toEqual(["node_modules/tracked.js"]);
});

test("patterns for folders only are read as such (`*`, `!*/`, `!*.md`)", async () => {
  const bench = await makeWorkspace({ ".gitignore": "*\n!*/\n!*.md\n!.gitignore\n" });
  for (const path of ["new/deep/x.md", "new/deep/x.txt", "y"]) writeBelow(bench.tree, path, "x");
  expect((await snap(bench)).changes).toEqual(["added new/deep/x.md +1 -0"]);
});

test("a .gitignore that the attempt writes counts", async () => {
  const bench = await makeWorkspace();
  writeBelow(bench.tree, ".gitignore", "tmp/\n");
  writeBelow(bench.tree, "tmp/x", "x");
  expect((await snap(bench)).changes).toEqual(["added .gitignore +1 -0"]);
});

const oddNames = [
  "with space",
  "line\nbreak",
  'quo"te',
  "apo'strophe",
  "-rf",
  "--help",
  ":(top)magic",
  ":colon",
  "*star",
  "back\\slash",
  "tab\there",
  "$(id)",
  "ünïcödé",
  "dir with\nnewline/-x",
  ".hidden",
  "..dots",
];

test.each([{ ignoring: false }, { ignoring: true }])(
  "odd names are kept as they are ($ignoring)",
  async ({ ignoring }) => {
    const bench = await makeWorkspace(
      ignoring ? { ".gitignore": "*.log\n", [oddNames[1]!]: "old" } : { a: "a" },
    );
    for (const name of oddNames) writeBelow(bench.tree, name, `${name}.`);
    const { list, files, commit } = await snap(bench);
    expect(new Set(list())).toEqual(new Set([...oddNames, ignoring ? ".gitignore" : "a"]));
    expect(files.map(({ path }) => path).sort()).toEqual([...oddNames].sort());
    for (const name of oddNames) expect(await bench.port.readFile(commit, name)).toBe(`${name}.`);
  },
);

test("names that are not UTF-8 are kept byte for byte", async () => {
  const bench = await makeWorkspace();
  const name = Buffer.from([0x66, 0xff, 0xfe, 0x2e, 0x63]);
  writeFileSync(Buffer.concat([Buffer.from(`${bench.tree}/`), name]), "x");
  const { commit, files } = await snap(bench);
  const env = bench.repo.environment;
  const printed = execFileSync("git", ["ls-tree", "-z", "--name-only", commit], {
    cwd: bench.repo.root,
    env,
  });
  expect(printed.includes(name)).toBe(true);
  expect(files).toHaveLength(1);
});

test("a .git that was replaced by a folder, a link, a file or nothing is not used", async () => {
  const replacements: Record<string, (path: string, bench: Bench) => void> = {
    folder: (path) => {
      for (const sub of ["objects", "refs"]) mkdirSync(join(path, sub), { recursive: true });
      writeFileSync(join(path, "HEAD"), "ref: refs/heads/main\n");
      writeFileSync(join(path, "config"), "[core]\n\tfsmonitor = touch hacked\n\tworktree = /\n");
      writeFileSync(join(path, "commondir"), "/nowhere\n");
    },
    link: (path, { repo }) => symlinkSync(join(repo.root, ".git"), path),
    file: (path) => writeFileSync(path, "gitdir: /nowhere\n"),
    fifo: (path) => execFileSync("mkfifo", [path]),
    nothing: () => undefined,
  };
  for (const [kind, replace] of Object.entries(replacements)) {
    const bench = await makeWorkspace();
    const path = join(bench.tree, ".git");
    rmSync(path);
    replace(path, bench);
    writeBelow(bench.tree, "a.txt", "A\n");
    const { changes, warnings } = await snap(bench);
    expect(changes, kind).toEqual(["modified a.txt +1 -1"]);
    const said = [".git: was replaced; osqr does not read it"];
    expect(warnings, kind).toEqual(kind === "file" || kind === "nothing" ? [] : said);
    expect(existsSync(join(bench.tree, "hacked"))).toBe(false);
  }
});

test("the files of embedded repositories are taken in, with and without commits, nested, and with a hanging HEAD", async () => {
  const bench = await makeWorkspace({ ".gitignore": "node_modules/\n" });
  const { repo, tree } = bench;
  const init = (path: string, commits: boolean) => {
    writeBelow(tree, `${path}/file`, path);
    repo.gitIn(join(tree, path), "init", "-q");
    if (!commits) return;
    repo.gitIn(join(tree, path), "add", "file");
    repo.gitIn(join(tree, path), "commit", "-qm", "inner");
  };
  init("with", true);
  init("without", false);
  init("with/nested", true);
  init("node_modules/dep", true);
  init("hanging", true);
  rmSync(join(tree, "hanging/.git/HEAD"));
  execFileSync("mkfifo", [join(tree, "hanging/.git/HEAD")]);
  const { commit, warnings } = await snap(bench);
  expect(repo.git("ls-tree", "-r", "--format=%(objectmode) %(path)", commit).split("\n")).toEqual([
    "100644 .gitignore",
    "100644 hanging/file",
    "100644 with/file",
    "100644 with/nested/file",
    "100644 without/file",
  ]);
  expect(warnings).toEqual(
    ["hanging", "with", "without", "with/nested"].map(
      (path) => `${path}: holds a repository of its own: its files are taken in, its history is not`,
    ),
  );
});

test("a repository planted in a tracked folder hides nothing", async () => {
  const bench = await makeWorkspace();
  bench.repo.gitIn(join(bench.tree, "src"), "init", "-q");
  writeBelow(bench.tree, "src/b.txt", "B\n");
  writeBelow(bench.tree, "src/new.txt", "n\n");
  expect((await snap(bench)).changes).toEqual(["modified src/b.txt +1 -1", "added src/new.txt +1 -0"]);
});

test("pipes, sockets and devices are left out with a warning and hang nothing, whatever their name", async () => {
  const bench = await makeWorkspace();
  const names = ["pipe", "a.txt", ".gitignore", ".gitattributes", "src/.gitattributes"];
  rmSync(join(bench.tree, "a.txt"));
  for (const name of names) execFileSync("mkfifo", [join(bench.tree, name)]);
  writeBelow(bench.tree, "src/new.txt", "n\n");
  const { changes, warnings } = await snap(bench);
  expect(changes).toEqual(["deleted a.txt +0 -1", "added src/new.txt +1 -0"]);
  expect([...warnings].sort()).toEqual(
    names.sort().map((name) => `${name}: left out: it is no file, but a pipe, socket or device`),
  );
});

test("a file that may not be read stays as it was, and it is said", async () => {
  const bench = await makeWorkspace();
  writeBelow(bench.tree, "a.txt", "A\n");
  writeBelow(bench.tree, "secret/x", "x");
  chmodSync(join(bench.tree, "a.txt"), 0o000);
  chmodSync(join(bench.tree, "secret"), 0o000);
  const { changes, warnings } = await snap(bench);
  if (process.getuid?.() === 0) {
    // The superuser reads everything.
    expect(changes).toEqual(["modified a.txt +1 -1", "added secret/x +1 -0"]);
    return;
  }
  expect(changes).toEqual([]);
  expect(warnings).toEqual([
    "secret: could not be read (EACCES): not taken in",
    "a.txt: could not be read (permission denied): not taken in",
  ]);
});

test("links are kept as links; those out of the tree are named", async () => {
  const bench = await makeWorkspace();
  const { tree } = bench;
  const links: Record<string, string> = {
    good: "src/b.txt",
    "src/up": "../a.txt",
    dangling: "nowhere",
    absolute: "/etc/passwd",
    out: "../../../etc",
    "src/out": "../../x",
    "src/top": "..",
    tricky: "src/top/../record",
  };
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(tree, path));
  const { warnings, list, show, commit } = await snap(bench);
  for (const [path, target] of Object.entries(links)) expect(show(path)).toBe(target);
  expect(list().filter((path) => path.startsWith("out/") || path.startsWith("src/top/"))).toEqual([]);
  expect(bench.repo.git("ls-tree", commit, "absolute")).toMatch(/^120000 blob/);
  expect([...warnings].sort()).toEqual([
    "absolute: is a link to an absolute path, /etc/passwd",
    "out: is a link out of the tree, to ../../../etc",
    "src/out: is a link out of the tree, to ../../x",
    "tricky: is a link out of the tree, to src/top/../record",
  ]);
});

test("a folder that became a link is not followed", async () => {
  const bench = await makeWorkspace();
  const outside = join(bench.repo.folder, "outside");
  writeBelow(outside, "b.txt", "secret\n");
  rmSync(join(bench.tree, "src"), { recursive: true });
  symlinkSync(outside, join(bench.tree, "src"));
  const { changes, warnings } = await snap(bench);
  expect(changes).toEqual(["added src +1 -0", "deleted src/b.txt +0 -1", "deleted src/c.txt +0 -1"]);
  expect(warnings).toEqual([`src: is a link to an absolute path, ${outside}`]);
});

test("files and folders that changed places are taken in", async () => {
  const bench = await makeWorkspace({ file: "f", "folder/x": "x", link: "l" });
  rmSync(join(bench.tree, "file"));
  writeBelow(bench.tree, "file/now/a", "folder");
  rmSync(join(bench.tree, "folder"), { recursive: true });
  writeBelow(bench.tree, "folder", "file");
  rmSync(join(bench.tree, "link"));
  symlinkSync("folder", join(bench.tree, "link"));
  const { list, commit } = await snap(bench);
  expect(list()).toEqual(["file/now/a", "folder", "link"]);
  expect(bench.repo.git("ls-tree", commit, "link")).toMatch(/^120000/);
});

test("names that differ only by case are named", async () => {
  const bench = await makeWorkspace({ "README.md": "x", "src/a": "a" });
  writeBelow(bench.tree, "readme.md", "y");
  writeBelow(bench.tree, "Src/b", "b");
  const { list, warnings } = await snap(bench);
  expect(list()).toEqual(["README.md", "Src/b", "readme.md", "src/a"]);
  expect(warnings).toEqual([
    "Src: differs from src only by case",
    "readme.md: differs from README.md only by case",
  ]);
});

test("names that some file systems take for .git are left out", async () => {
  const bench = await makeWorkspace();
  const names = [
    ".GIT/config",
    "git~1",
    ".git ",
    "x/.Git/hooks/post-merge",
    ".g\u200cit/config",
    ".git::$INDEX_ALLOCATION/x",
  ];
  for (const name of names) writeBelow(bench.tree, name, "x");
  writeBelow(bench.tree, ".gitmodules-not", "fine");
  const { changes, warnings } = await snap(bench);
  expect(changes).toEqual(["added .gitmodules-not +1 -0"]);
  expect(warnings).toHaveLength(6);
  expect(warnings[0]).toBe(".GIT: left out: some file systems take its name for .git");
});

test("a name that only git refuses is named", async () => {
  const bench = await makeWorkspace();
  symlinkSync("a.txt", join(bench.tree, ".gitmodules"));
  writeBelow(bench.tree, "b", "b\n");
  const { changes, warnings } = await snap(bench);
  expect(changes).toEqual(["added b +1 -0"]);
  expect(warnings).toEqual([".gitmodules: left out, git refuses the name"]);
});

test("line ends follow .gitattributes, filters do not run and are named", async () => {
  const bench = await makeWorkspace({
    ".gitattributes": "*.bat text eol=crlf\n*.bin filter=lfs\n",
    "run.bat": "one\n",
  });
  expect(readFileSync(join(bench.tree, "run.bat"), "latin1")).toBe("one\r\n");
  writeBelow(bench.tree, "run.bat", "one\r\ntwo\r\n");
  writeBelow(bench.tree, "big.bin", "raw");
  const { changes, warnings, show } = await snap(bench);
  expect(changes).toEqual(["added big.bin +1 -0", "modified run.bat +1 -0"]);
  expect(show("big.bin")).toBe("raw");
  expect(warnings).toEqual(["big.bin: was stored as it is, without the filter lfs"]);
});

test("attributes that ask for the impossible do not cost the work", async () => {
  const bench = await makeWorkspace();
  writeBelow(bench.tree, ".gitattributes", "* working-tree-encoding=UTF-16\n");
  writeBelow(bench.tree, "b.txt", "b");
  const { show, warnings } = await snap(bench);
  expect(show("b.txt")).toBe("b");
  expect(warnings).toEqual([
    expect.stringMatching(/^files were taken in byte for byte, without \.gitattributes: /),
  ]);
});

test("a submodule keeps its commit; what is inside is not taken in; its removal is", async () => {
  const repo = makeRepo();
  const inner = makeRepo({ "inner.txt": "x\n" });
  repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.root, "vendor/inner");
  const start = repo.commit();
  const { port } = await repo.open();
  const workspace = await port.createWorkspace("a-1", start);
  const bench = { repo, port, workspace, tree: workspace.tree };
  expect((await snap(bench)).commit).toBe(start);
  writeBelow(workspace.tree, "vendor/inner/new", "x");
  const filled = await snap(bench);
  expect(filled.commit).toBe(start);
  expect(filled.warnings).toEqual(["vendor/inner: is a submodule: what is inside it is not taken in"]);
  rmSync(join(workspace.tree, "vendor"), { recursive: true });
  expect((await snap(bench)).changes).toEqual(["deleted vendor/inner +0 -1"]);
});

test("an emptied tree deletes all files and says so; a missing or exchanged one is refused", async () => {
  const bench = await makeWorkspace();
  for (const name of readdirSync(bench.tree)) rmSync(join(bench.tree, name), { recursive: true });
  const { list, warnings } = await snap(bench);
  expect(list()).toEqual([]);
  expect(warnings).toEqual(["the work tree is empty: all files are deleted"]);
  rmSync(bench.tree, { recursive: true });
  await expect(snap(bench)).rejects.toMatchObject({ code: "workspace-missing" });
  symlinkSync(bench.repo.root, bench.tree);
  await expect(snap(bench)).rejects.toMatchObject({ code: "workspace-missing" });
});

test("a large file and a file with holes are taken in whole", async () => {
  const bench = await makeWorkspace();
  const bytes = Buffer.alloc(3 * 1024 * 1024 + 17, "osqr");
  writeBelow(bench.tree, "large", bytes);
  writeBelow(bench.tree, "holes", "");
  truncateSync(join(bench.tree, "holes"), 70 * 1024 * 1024);
  const { commit } = await snap(bench);
  const found = await bench.port.listFiles(commit);
  expect(found.map(({ path, size }) => `${path} ${size}`)).toContain(`holes ${70 * 1024 * 1024}`);
  const large = found.find(({ path }) => path === "large");
  expect((await bench.port.readBlobs([large!.oid], 2 ** 30))[0]?.equals(bytes)).toBe(true);
});

test("a file of a terabyte of holes is left out, and fills no disk", async () => {
  const bench = await makeWorkspace();
  for (const path of ["holes", "a.txt"]) {
    writeBelow(bench.tree, path, "");
    truncateSync(join(bench.tree, path), 2 ** 40);
  }
  writeBelow(bench.tree, ".gitignore", "*\n");
  truncateSync(join(bench.tree, ".gitignore"), 2 ** 21);
  const { changes, warnings } = await snap(bench);
  expect(changes).toEqual([expect.stringContaining("added .gitignore")]);
  expect(warnings).toEqual([
    "a.txt: could not be read (it has more than 1073741824 bytes): not taken in",
    "holes: could not be read (it has more than 1073741824 bytes): not taken in",
  ]);
});

test("without its index, or from another start, the same tree comes out", async () => {
  const bench = await makeWorkspace();
  writeBelow(bench.tree, "a.txt", "A\n");
  const first = await snap(bench);
  const index = join(bench.tree, "..", "index");
  writeFileSync(index, "DIRCnonsense");
  expect((await snap(bench)).commit).toBe(first.commit);
  rmSync(index);
  expect((await snap(bench)).commit).toBe(first.commit);
  bench.repo.write("other.txt", "o\n");
  const other = bench.repo.commit();
  const moved = await snap({ ...bench, workspace: { ...bench.workspace, start: other } });
  expect(moved.tree).toBe(first.tree);
  expect(moved.changes).toEqual(["modified a.txt +1 -1", "deleted other.txt +0 -1"]);
});

test("hard links to tracked files and deep folders are plain files", async () => {
  const bench = await makeWorkspace();
  linkSync(join(bench.tree, "a.txt"), join(bench.tree, "hard"));
  const deep = Array.from({ length: 60 }, (_, at) => `d${at}`).join("/");
  writeBelow(bench.tree, `${deep}/x`, "x");
  expect((await snap(bench)).list()).toEqual(expect.arrayContaining(["a.txt", "hard", `${deep}/x`]));
});

test("warnings are bounded", async () => {
  const bench = await makeWorkspace();
  for (let at = 0; at < 70; at++) symlinkSync("/x", join(bench.tree, `l${String(at).padStart(2, "0")}`));
  const { warnings } = await snap(bench);
  expect(warnings).toHaveLength(51);
  expect(warnings.at(-1)).toBe("and 20 more");
});
