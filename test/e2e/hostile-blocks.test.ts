import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunReport } from "../../src/core/report/types.ts";
import { findProcesses, isBubblewrapWorking } from "../../src/sandbox/testing.ts";
import { connectService, findDecision, findView, spec, type TestService } from "../support/e2e-repo.ts";
import { createRepo, seeRepo, type TestRepo } from "../support/git-repo.ts";

/** One run of blocks that misbehave, under small limits; each bounds itself too. */
let repo: TestRepo;
let osqr: TestService;
let report: RunReport;
let before: Record<string, string>;

const OUTPUT_BYTES_MAX = 1_000_000;
/** Nobody else sleeps for so long. */
const nap = (what: number) => `sleep ${process.pid}.${Date.now()}${what}`;
const naps = { fork: nap(1), left: nap(2), deaf: nap(3) };

const ODD_NAMES = [
  "with space",
  "two\nlines",
  `"quoted"`,
  "it's",
  "-rf",
  "--help",
  ":(top)x",
  "gr\u00fc\u00dfe",
  "tab\there",
  "$(id)",
  "back\\slash",
];

/** For bash; the script stays on one line. */
function quote(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  return `$'${escaped.replaceAll("\n", "\\n").replaceAll("\t", "\\t")}'`;
}

function block(script: string, title = "T1 Do it"): string {
  return spec({ [title]: script });
}

beforeAll(async () => {
  repo = createRepo({ "a.txt": "a\n" });
  const { root, folder } = repo;
  const pwned = join(folder, "pwned");
  const files = {
    "docs/forks.md": block(`for i in $(seq 1 200); do ${naps.fork} & done; wait`),
    "docs/leaves.md": block(`setsid ${naps.left} > /dev/null 2>&1 &\n(${naps.left} &)\necho ok > leaves.txt`),
    "docs/fills.md": block("echo started; head -c 40000000 /dev/urandom > big.bin; sleep 20"),
    "docs/floods.md": block(
      "head -c 50000000 /dev/zero | tr '\\0' x | fold -w 99; echo the last line; echo ok > floods.txt",
    ),
    "docs/deaf.md": block(
      `trap '' TERM\necho working\n${naps.deaf} &\nwhile true; do sleep 0.1; done`,
      "T1 Do it (timeout: 1s)",
    ),
    "docs/reads.md": block("cat > input.txt; if read -r line; then exit 1; fi"),
    "docs/replaces.md": block(
      [
        "rm -rf .git",
        "git init -q -b evil",
        `printf '#!/bin/sh\\ntouch ${pwned}\\n' | tee .git/hooks/post-commit > .git/hooks/post-index-change`,
        "chmod +x .git/hooks/*",
        `git config core.fsmonitor 'touch ${pwned}'`,
        "git add -A && git -c user.name=x -c user.email=x@localhost commit -qm evil",
        "echo ok > replaces.txt",
      ].join("\n"),
    ),
    "docs/links.md": block(
      [
        "ln -s /etc/passwd absolute; ln -s ../../up out; mkfifo pipe",
        "git init -q inner; echo x > inner/x.txt; cd inner; git add -A",
        "git -c user.name=x -c user.email=x@localhost commit -qm inner",
      ].join("\n"),
    ),
    "docs/names.md": block(
      `mkdir names; cd names\n${ODD_NAMES.map((name) => `echo odd > ./${quote(name)}`).join("\n")}`,
    ),
  };
  const targets = [
    join(folder, "outside.txt"),
    join(root, "a.txt"),
    join(root, ".git/hooks/post-commit"),
    join(folder, "home/token"),
  ];
  const writes = targets.map((path) => `{ echo lost > ${path}; } 2> /dev/null || true`);
  if (isBubblewrapWorking) repo.write("docs/outside.md", block(`${writes.join("\n")}\necho mine > ~/mine`));
  for (const [path, text] of Object.entries(files)) repo.write(path, text);
  repo.commit("specs");
  writeFileSync(join(root, ".git/hooks/post-merge"), `#!/bin/sh\ntouch ${pwned}\n`, { mode: 0o755 });
  before = seeRepo(repo);
  osqr = await connectService(repo, {
    limits: { graceMs: 300, outputBytesMax: OUTPUT_BYTES_MAX, diskBytesMax: 20_000_000, processesMax: 64 },
  });
  report = await osqr.go();
});

afterAll(async () => {
  await osqr.close();
  rmSync(repo.folder, { recursive: true, force: true });
});

const statusOf = (name: string) => findView(report, name).status;

test("one that forks is ended, with all its processes, and asks what to do", () => {
  const decision = findDecision(report, "forks");
  expect(decision.type).toBe("error");
  expect(decision.options.map(({ id }) => id)).toEqual(["retry", "skip", "anew", "cancel"]);
  expect(decision.question).toBe("T1 failed: stopped: limit of processes reached");
  expect(findProcesses(naps.fork)).toEqual([]);
});

test("processes that it leaves behind are gone, and its work counts", () => {
  expect(statusOf("leaves")).toBe("completed");
  expect(repo.git("show", "main:leaves.txt")).toBe("ok");
  expect(findProcesses(naps.left)).toEqual([]);
});

test.skipIf(!isBubblewrapWorking)(
  "one that writes outside of its tree reaches nothing but its own home",
  () => {
    expect(statusOf("outside")).toBe("completed");
    for (const path of ["outside.txt", "home/token", "user/mine", "project/.git/hooks/post-commit"]) {
      expect(existsSync(join(repo.folder, path)), path).toBe(false);
    }
    expect(repo.read("a.txt")).toBe("a\n");
  },
);

test("one that fills the disk is ended and says which limit it was", () => {
  const decision = findDecision(report, "fills");
  expect(decision.question).toBe("T1 failed: stopped: limit of disk reached");
  expect(decision.context).toContain("started");
  expect(decision.context).toContain("ended: its files are larger than 20 MB");
});

test("of a flood of output the end and a bounded part are kept", async () => {
  expect(statusOf("floods")).toBe("completed");
  const shown = await osqr.service.show(repo.root, "floods#T1");
  const id = shown.kind === "task" ? (shown.attempts[0]?.id ?? "") : "";
  const path = join(repo.folder, "home/logs", `${id}.log`);
  expect(statSync(path).size).toBeLessThan(OUTPUT_BYTES_MAX * 1.1);
  expect(readFileSync(path, "utf8").trimEnd()).toMatch(/the last line$/);
});

test("one that ignores SIGTERM is killed after its time", () => {
  const decision = findDecision(report, "deaf");
  expect(decision.question).toMatch(/^T1 failed: timed out \(its limit is [\d.]+ s\)$/);
  expect(decision.context).toBe("working\nosqr: ended: it ran longer than 1 s");
  expect(findProcesses(naps.deaf)).toEqual([]);
});

test("one that reads its input finds none", () => {
  expect(statusOf("reads")).toBe("completed");
  expect(repo.git("cat-file", "-s", "main:input.txt")).toBe("0");
});

test("one that replaces .git brings its files and nothing of that repository", () => {
  expect(statusOf("replaces")).toBe("completed");
  expect(repo.git("show", "main:replaces.txt")).toBe("ok");
  expect(repo.git("log", "--format=%s", "main")).not.toContain("evil");
  // Neither its hooks nor those of the user ran outside of the sandbox.
  expect(existsSync(join(repo.folder, "pwned"))).toBe(false);
});

test("links out of the tree, pipes and repositories inside are named in the history", () => {
  expect(statusOf("links")).toBe("completed");
  const task = osqr.ofKind("task_completed").find((event) => event.task.includes("/links#"));
  const done = osqr.ofKind("attempt_completed").find(({ attempt }) => attempt === task?.attempt);
  expect(done?.warnings).toMatchInlineSnapshot(`
    [
      "pipe: left out: it is no file, but a pipe, socket or device",
      "inner: holds a repository of its own: its files are taken in, its history is not",
      "absolute: is a link to an absolute path, /etc/passwd",
      "out: is a link out of the tree, to ../../up",
    ]
  `);
  expect(
    repo
      .git("ls-tree", "-r", "main", "absolute", "out", "pipe", "inner")
      .split("\n")
      .map((line) => line.replace(/ [0-9a-f]{40}/, "")),
  ).toMatchInlineSnapshot(`
    [
      "120000 blob	absolute",
      "100644 blob	inner/x.txt",
      "120000 blob	out",
    ]
  `);
});

test("files with odd names land as they are", () => {
  expect(statusOf("names")).toBe("completed");
  const listed = repo.git("ls-tree", "-r", "-z", "--name-only", "main", "names/").split("\0").filter(Boolean);
  expect(listed.sort()).toEqual(ODD_NAMES.map((name) => `names/${name}`).sort());
  expect(readdirSync(join(repo.root, "names")).sort()).toEqual([...ODD_NAMES].sort());
});

test("what failed is kept where the decision says, and the user's repository has nothing else new", () => {
  const refs = repo.git("for-each-ref", "--format=%(refname)", "refs/osqr").split("\n");
  expect(refs.filter((ref) => ref.startsWith("refs/osqr/salvage/"))).toEqual(
    report.workstreams.flatMap(({ salvage }) => salvage).sort(),
  );
  const after = seeRepo(repo);
  for (const part of ["head", "stash", "config", "hooks", "info"]) expect(after[part]).toBe(before[part]);
  expect(after.status).toBe("");
  expect(repo.git("branch", "--list", "--format=%(refname:short)")).toBe("main");
});

test("no workspace is left", async () => {
  await osqr.quiet();
  const { disk } = await osqr.service.status(repo.root);
  expect(disk.workspaces).toBe(0);
});
