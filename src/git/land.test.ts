import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRepo, type TestRepo } from "../../test/support/git-repo.ts";
import { openRepository } from "./open.ts";
import type { GitPort } from "./types.ts";

interface Bench {
  readonly repo: TestRepo;
  readonly port: GitPort;
  readonly from: string;
  /** A commit on `from` that changes a.txt and adds new/file.txt. */
  readonly to: string;
}

const landedRef = "refs/osqr/landed/main";

async function makeLanding(
  files: Readonly<Record<string, string>> = { "a.txt": "a\n", "b.txt": "b\n" },
): Promise<Bench> {
  const repo = makeRepo(files);
  const { port } = await repo.open();
  const from = repo.git("rev-parse", "HEAD");
  const to = await commitOn(port, from, { "a.txt": "A\n", "new/file.txt": "new\n" });
  return { repo, port, from, to };
}

async function commitOn(
  port: GitPort,
  parent: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const edits = Object.entries(files).map(([path, content]) => ({ path, content }));
  const tree = await port.editTree(parent, edits);
  return port.commit({ tree, parents: [parent], message: "work", at: 0 });
}

const main = ({ repo }: Bench) => repo.git("rev-parse", "main");

test("a clean checkout of the base follows", async () => {
  const bench = await makeLanding();
  const { repo, port, from, to } = bench;
  expect(await port.land("main", from, to)).toEqual({ kind: "landed", followed: true });
  expect(main(bench)).toBe(to);
  expect(repo.read("a.txt") + repo.read("new/file.txt")).toBe("A\nnew\n");
  expect(repo.git("status", "--porcelain")).toBe("");
  expect(repo.git("reflog", "-1", "--format=%gs", "main")).toContain("Fast-forward");
  expect(await port.readRef(landedRef)).toBe(null);
  expect(await port.follow("main")).toBe(null);
  expect(await port.effectiveBase("main")).toBe(to);
});

test("where another branch is checked out only the base's ref moves", async () => {
  const bench = await makeLanding();
  const { repo, port, from, to } = bench;
  repo.git("switch", "-qc", "side");
  repo.write("a.txt", "mine\n");
  expect(await port.land("main", from, to)).toEqual({ kind: "landed", followed: false });
  expect(main(bench)).toBe(to);
  expect(repo.git("rev-parse", "side")).toBe(from);
  expect(repo.read("a.txt")).toBe("mine\n");
  expect(await port.readRef(landedRef)).toBe(null);
});

test("local changes elsewhere stay as they are: staged, unstaged, untracked, ignored", async () => {
  const bench = await makeLanding({
    "a.txt": "a\n",
    "b.txt": "b\n",
    "c.txt": "c\n",
    ".gitignore": "*.log\n",
  });
  const { repo, port, from, to } = bench;
  repo.write("b.txt", "staged\n");
  repo.git("add", "b.txt");
  repo.write("c.txt", "unstaged\n");
  repo.write("untracked", "u\n");
  repo.write("new/x.log", "l\n");
  const before = repo.git("status", "--porcelain", "--ignored", "-uall");
  expect(await port.land("main", from, to)).toEqual({ kind: "landed", followed: true });
  expect(repo.git("status", "--porcelain", "--ignored", "-uall")).toBe(before);
  expect(["b.txt", "c.txt", "untracked", "new/x.log"].map(repo.read).join("")).toBe(
    "staged\nunstaged\nu\nl\n",
  );
  expect(repo.git("stash", "list")).toBe("");
});

const obstacles: Record<
  string,
  { place: (repo: TestRepo) => void; clear: (repo: TestRepo) => void; paths: string[] }
> = {
  unstaged: {
    place: (repo) => {
      repo.git("config", "merge.autoStash", "true");
      repo.write("a.txt", "mine\n");
    },
    clear: (repo) => repo.git("restore", "a.txt"),
    paths: ["a.txt"],
  },
  staged: {
    place: (repo) => {
      repo.write("a.txt", "mine\n");
      repo.git("add", "a.txt");
    },
    clear: (repo) => repo.git("restore", "--staged", "--worktree", "a.txt"),
    paths: ["a.txt"],
  },
  deleted: {
    place: (repo) => repo.git("rm", "-q", "a.txt"),
    clear: (repo) => repo.git("restore", "--staged", "--worktree", "a.txt"),
    paths: ["a.txt"],
  },
  untracked: {
    place: (repo) => repo.write("new/file.txt", "mine\n"),
    clear: (repo) => rmSync(join(repo.root, "new"), { recursive: true }),
    paths: ["new/file.txt"],
  },
  "a file in a folder's place": {
    place: (repo) => repo.write("new", "mine\n"),
    clear: (repo) => rmSync(join(repo.root, "new")),
    paths: ["new"],
  },
  "a folder in a file's place": {
    place: (repo) => repo.write("new/file.txt/mine", "mine\n"),
    clear: (repo) => rmSync(join(repo.root, "new"), { recursive: true }),
    paths: ["new/file.txt/"],
  },
  ignored: {
    place: (repo) => {
      writeFileSync(join(repo.root, ".git/info/exclude"), "/new\n");
      repo.write("new/file.txt", "mine\n");
    },
    clear: (repo) => rmSync(join(repo.root, "new"), { recursive: true }),
    paths: ["new/file.txt"],
  },
};

test.each(Object.entries(obstacles))(
  "%s changes in the way hold the base until they are gone",
  async (_, obstacle) => {
    const bench = await makeLanding();
    const { repo, port, from, to } = bench;
    obstacle.place(repo);
    const before = [repo.git("status", "--porcelain"), repo.git("diff", "HEAD")];
    const held = await port.land("main", from, to);
    expect(held).toMatchObject({ kind: "held", paths: obstacle.paths });
    const reason = `${repo.root}: local changes are in the way: ${obstacle.paths.join(", ")}`;
    expect(held).toMatchObject({ reason });
    expect(main(bench)).toBe(from);
    expect([repo.git("status", "--porcelain"), repo.git("diff", "HEAD")]).toEqual(before);
    expect(await port.readRef(landedRef)).toBe(to);
    // Work keeps landing on top of what is held.
    expect(await port.effectiveBase("main")).toBe(to);
    expect(await port.land("main", from, to)).toEqual({ kind: "base_moved", at: to });
    const more = await commitOn(port, to, { "more.txt": "m\n" });
    expect(await port.land("main", to, more)).toMatchObject({ kind: "held", paths: obstacle.paths });
    expect(await port.follow("main")).toMatchObject({ kind: "held" });
    obstacle.clear(repo);
    expect(await port.follow("main")).toEqual({ kind: "landed", followed: true });
    expect(main(bench)).toBe(more);
    expect(repo.git("status", "--porcelain")).toBe("");
    expect(await port.follow("main")).toBe(null);
  },
);

test("a base that somebody moved is told before anything is touched", async () => {
  const bench = await makeLanding();
  const { repo, port, from, to } = bench;
  repo.write("c.txt", "c\n");
  const theirs = repo.commit();
  expect(await port.land("main", from, to)).toEqual({ kind: "base_moved", at: theirs });
  expect(main(bench)).toBe(theirs);
  expect(await port.readRef(landedRef)).toBe(null);
});

test.each([{ checkedOut: true }, { checkedOut: false }])(
  "a base that moves during the landing wins, and nothing stays on its way ($checkedOut)",
  async ({ checkedOut }) => {
    const bench = await makeLanding();
    const { repo, from, to } = bench;
    if (!checkedOut) repo.git("switch", "-qc", "side");
    const theirs = await commitOn(bench.port, from, { "c.txt": "c\n" });
    const move = checkedOut ? `reset -q --hard ${theirs}` : `branch -f main ${theirs}`;
    // A git that moves the base when osqr has set the landed ref and looks for checkouts.
    const path = join(repo.folder, "bin");
    mkdirSync(path);
    const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
    const marker = join(repo.folder, "moved");
    writeFileSync(
      join(path, "git"),
      `#!/bin/sh
case "$*" in *" worktree list "*)
  [ -e ${marker} ] || { : > ${marker}; env -u GIT_DIR ${real} -C ${repo.root} ${move}; } ;;
esac
exec ${real} "$@"
`,
    );
    chmodSync(join(path, "git"), 0o755);
    const environment = { ...repo.environment, PATH: `${path}:${repo.environment.PATH}` };
    const { port } = await openRepository({ ...repo, environment });
    expect(await port.land("main", from, to)).toEqual({ kind: "base_moved", at: theirs });
    expect(existsSync(marker)).toBe(true);
    expect(main(bench)).toBe(theirs);
    expect(await port.readRef(landedRef)).toBe(null);
    expect(repo.git("status", "--porcelain")).toBe("");
  },
);

test("a crash after the landed ref was set is finished by follow, a second time changes nothing", async () => {
  const bench = await makeLanding();
  const { repo, port, to } = bench;
  repo.git("update-ref", landedRef, to);
  expect(await port.effectiveBase("main")).toBe(to);
  expect(await port.follow("main")).toEqual({ kind: "landed", followed: true });
  expect(main(bench)).toBe(to);
  expect(repo.read("a.txt")).toBe("A\n");
  expect(await port.follow("main")).toBe(null);
});

test("a crash after the branch moved leaves nothing to do", async () => {
  const bench = await makeLanding();
  const { repo, port, to } = bench;
  repo.git("merge", "-q", "--ff-only", to);
  repo.git("update-ref", landedRef, to);
  expect(await port.follow("main")).toBe(null);
  expect(await port.readRef(landedRef)).toBe(null);
});

test("a user who moves the base back afterwards is not overruled", async () => {
  const bench = await makeLanding();
  const { repo, port, from, to } = bench;
  await port.land("main", from, to);
  repo.git("reset", "-q", "--hard", from);
  expect(await port.effectiveBase("main")).toBe(from);
  expect(await port.follow("main")).toBe(null);
  expect(main(bench)).toBe(from);
});

test("commits on a held base are merged with what has landed, and the branch follows later", async () => {
  const bench = await makeLanding();
  const { repo, port, from, to } = bench;
  repo.write("a.txt", "mine\n");
  await port.land("main", from, to);
  repo.git("restore", "a.txt");
  repo.write("c.txt", "c\n");
  const theirs = repo.commit();
  expect(await port.follow("main")).toMatchObject({
    kind: "held",
    paths: [],
    reason: "main and refs/osqr/landed/main have diverged: each has commits that the other lacks",
  });
  expect(await port.land("main", to, to)).toEqual({ kind: "base_moved", at: theirs });
  const merged = await port.effectiveBase("main");
  expect(repo.git("log", "-1", "--format=%P", merged)).toBe(`${theirs} ${to}`);
  expect(main(bench)).toBe(theirs);
  expect(await port.effectiveBase("main")).toBe(merged);
  expect(await port.follow("main")).toEqual({ kind: "landed", followed: true });
  expect(main(bench)).toBe(merged);
  expect(repo.read("a.txt") + repo.read("c.txt")).toBe("A\nc\n");
});

test("commits on a held base that conflict with what has landed are told with the way out", async () => {
  const bench = await makeLanding();
  const { repo, port, from, to } = bench;
  repo.write("a.txt", "mine\n");
  await port.land("main", from, to);
  const theirs = repo.commit();
  await expect(port.effectiveBase("main")).rejects.toMatchObject({
    code: "base-diverged",
    message: expect.stringContaining("a.txt"),
    hints: [expect.stringContaining("git merge refs/osqr/landed/main")],
  });
  expect(main(bench)).toBe(theirs);
  expect(await port.readRef(landedRef)).toBe(to);
});

const interruptions: Record<
  string,
  { begin: (bench: Bench) => void; end: (bench: Bench) => void; reason: RegExp }
> = {
  "another git command": {
    begin: ({ repo }) => writeFileSync(join(repo.root, ".git/index.lock"), ""),
    end: ({ repo }) => rmSync(join(repo.root, ".git/index.lock")),
    reason: /index\.lock exists/,
  },
  "a merge": {
    begin: ({ repo, from }) => {
      const tree = repo.git("rev-parse", `${from}^{tree}`);
      const side = repo.git("commit-tree", tree, "-p", from, "-m", "side");
      repo.git("merge", "-q", "--no-ff", "--no-commit", side);
    },
    end: ({ repo }) => repo.git("merge", "--abort"),
    reason: /a merge is in progress/,
  },
  "a rebase": {
    begin: ({ repo, from }) => {
      expect(() => repo.git("rebase", "-q", "--exec", "false", "--root")).toThrow();
      expect(repo.git("rev-parse", "main")).toBe(from);
    },
    end: ({ repo }) => repo.git("rebase", "--abort"),
    reason: /is being rebased there/,
  },
};

test.each(Object.entries(interruptions))(
  "%s in progress holds the base",
  async (_, { begin, end, reason }) => {
    const bench = await makeLanding();
    const { port, from, to } = bench;
    begin(bench);
    expect(await port.land("main", from, to)).toEqual({
      kind: "held",
      paths: [],
      reason: expect.stringMatching(reason),
    });
    expect(main(bench)).toBe(from);
    end(bench);
    expect(await port.follow("main")).toMatchObject({ kind: "landed" });
    expect(main(bench)).toBe(to);
  },
);

test("a linked worktree that has the base follows; the main one is left alone", async () => {
  const bench = await makeLanding();
  const { repo, port, from, to } = bench;
  const linked = join(repo.folder, "linked\nwith line end");
  repo.git("switch", "-qc", "side");
  repo.git("worktree", "add", "-q", linked, "main");
  expect(await port.land("main", from, to)).toEqual({ kind: "landed", followed: true });
  expect(repo.gitIn(linked, "status", "--porcelain")).toBe("");
  expect(existsSync(join(linked, "new/file.txt"))).toBe(true);
  expect(existsSync(join(repo.root, "new"))).toBe(false);
});

test("several worktrees with the base all follow, or none does", async () => {
  const bench = await makeLanding();
  const { repo, port, from, to } = bench;
  const second = join(repo.folder, "second");
  repo.git("worktree", "add", "-q", "--force", second, "main");
  writeFileSync(join(second, "a.txt"), "mine\n");
  expect(await port.land("main", from, to)).toMatchObject({ kind: "held", paths: ["a.txt"] });
  expect(repo.read("a.txt")).toBe("a\n");
  repo.gitIn(second, "restore", "a.txt");
  writeFileSync(join(second, "b.txt"), "kept\n");
  expect(await port.follow("main")).toEqual({ kind: "landed", followed: true });
  expect(repo.git("status", "--porcelain")).toBe("");
  expect(repo.gitIn(second, "status", "--porcelain")).toBe(" M b.txt");
  expect(repo.gitIn(second, "diff", "--stat", to, "--", "a.txt", "new")).toBe("");
});

test("a deleted worktree does not count; one on a disk that is away holds the base", async () => {
  const bench = await makeLanding();
  const { repo, port, from, to } = bench;
  const away = join(repo.folder, "away");
  repo.git("switch", "-qc", "side");
  repo.git("worktree", "add", "-q", away, "main");
  repo.git("worktree", "lock", away);
  renameSync(away, `${away}-moved`);
  expect(await port.resolveBase("main")).toMatchObject({ dirtyCheckouts: [] });
  expect(await port.land("main", from, to)).toMatchObject({
    kind: "held",
    reason: expect.stringContaining("not there now"),
  });
  repo.git("worktree", "unlock", away);
  expect(await port.follow("main")).toEqual({ kind: "landed", followed: false });
});

test("in the user's checkout the user's filters run and hooks do not, whatever the merge settings", async () => {
  const bench = await makeLanding({ "a.txt": "a\n", ".gitattributes": "*.txt filter=upper\n" });
  const { repo, port, from, to } = bench;
  repo.git("config", "filter.upper.smudge", "tr a-z A-Z");
  repo.git("config", "filter.upper.clean", "tr A-Z a-z");
  repo.git("config", "merge.ff", "false");
  for (const hook of [
    "post-merge",
    "post-checkout",
    "reference-transaction",
    "post-index-change",
    "pre-merge-commit",
  ]) {
    const file = join(repo.root, ".git/hooks", hook);
    writeFileSync(file, `#!/bin/sh\ntouch ${join(repo.folder, "hooked")}\n`);
    chmodSync(file, 0o755);
  }
  expect(await port.land("main", from, to)).toEqual({ kind: "landed", followed: true });
  expect(repo.read("new/file.txt")).toBe("NEW\n");
  expect(main(bench)).toBe(to);
  expect(existsSync(join(repo.folder, "hooked"))).toBe(false);
});

test("what does not contain the base cannot land", async () => {
  const { repo, port, from, to } = await makeLanding();
  await expect(port.land("main", to, from)).rejects.toMatchObject({ code: "not-a-descendant" });
  await expect(port.land("absent", from, to)).rejects.toMatchObject({ code: "base-missing" });
  await expect(port.land("--force", from, to)).rejects.toMatchObject({ code: "bad-name" });
  expect(repo.git("for-each-ref", "refs/osqr")).toBe("");
});

test("of two landings at once one lands and the other is told to merge again", async () => {
  const { port, from, to } = await makeLanding();
  const other = await commitOn(port, from, { "other.txt": "o\n" });
  const landings = await Promise.all([port.land("main", from, to), port.land("main", from, other)]);
  expect(landings).toEqual([
    { kind: "landed", followed: true },
    { kind: "base_moved", at: to },
  ]);
});
