import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createPlace,
  createTestSandbox,
  isBubblewrapWorking,
  probed,
  runScript,
  type TestPlace,
} from "./testing.ts";
import type { Mount, Sandbox } from "./types.ts";

const why = isBubblewrapWorking ? "" : ` (${probed.reason})`;
describe.skipIf(!isBubblewrapWorking)(`the walls of bubblewrap${why}`, () => {
  let place: TestPlace;
  let sandbox: Sandbox;
  beforeEach(() => {
    place = createPlace();
    sandbox = createTestSandbox("bubblewrap", place);
  });
  afterEach(() => place.remove());

  const read = (path: string): Mount => ({ source: path, target: path, mode: "read" });

  it("let nothing be written but the tree, the home and memory", async () => {
    const script = [
      `for path in / /usr /etc /dev /var /proc /bin ${place.tree} ${place.home} /tmp /dev/shm; do`,
      '  if ( : > "$path/probe" ) 2> /dev/null; then echo "$path can be written"; fi',
      "done",
      // Folders above a mount exist inside only in memory.
      `( : > ${place.osqrHome}/probe ) 2> /dev/null || true`,
    ].join("\n");
    const result = await runScript(sandbox, place, script);
    expect(result.tail).toEqual(
      [place.tree, place.home, "/tmp", "/dev/shm"].map((path) => `${path} can be written`),
    );
    expect(existsSync("/tmp/probe")).toBe(false);
    expect(existsSync(join(place.osqrHome, "probe"))).toBe(false);
    expect(existsSync(join(place.tree, "probe"))).toBe(true);
  });

  it("hide the operator's home, osqr's home with its token and log, and the machine's keys", async () => {
    const secrets = [
      join(place.root, "user/.ssh/id"),
      join(place.osqrHome, "token"),
      join(place.osqrHome, "log.db"),
    ];
    mkdirSync(join(place.root, "user/.ssh"), { recursive: true });
    for (const file of secrets) writeFileSync(file, "secret");
    const hidden = [
      ...secrets,
      "/root/.ssh",
      "/etc/shadow",
      "/etc/ssl/private",
      "/etc/gitconfig",
      "/home/*",
      "/var/lib",
    ];
    const script = `for path in ${hidden.join(" ")}; do if [ -e "$path" ]; then echo "$path is there"; fi; done; ls -A ${place.osqrHome}`;
    const result = await runScript(sandbox, place, script);
    expect(result.tail).toEqual(["attempts", "workspaces"]);
  });

  it("show no process of the machine", async () => {
    const result = await runScript(
      sandbox,
      place,
      'cd /proc; for pid in [0-9]*; do echo "$pid"; done | head -n 9',
    );
    expect(result.tail.length).toBeLessThan(6);
    expect(result.tail).not.toContain(String(process.pid));
  });

  it("let nobody out while the network is off, but have a loopback of their own", async () => {
    const server = await listen();
    const { port } = server.address() as { port: number };
    const inside =
      "require('net').createServer().listen(0, '127.0.0.1', function () { require('net').connect(this.address().port).on('connect', () => { console.log('own loopback works'); process.exit() }) })";
    const script = `echo > /dev/tcp/127.0.0.1/${port} && echo reached || echo refused; [ -e /etc/resolv.conf ] || echo no resolver; node -e "${inside}"`;
    const closed = await runScript(sandbox, place, `exec 2>/dev/null; ${script}`);
    expect(closed.tail).toEqual(["refused", "no resolver", "own loopback works"]);
    const open = await runScript(sandbox, place, `echo > /dev/tcp/127.0.0.1/${port} && echo reached`, {
      network: "open",
    });
    expect(open.tail).toEqual(["reached"]);
    server.close();
  });

  it("show a git directory to look at, not to write", async () => {
    const { gitDir, store } = createRepository(place);
    const before = readFileSync(join(gitDir, "config"), "utf8");
    const script = [
      "echo changed >> a.txt",
      "git status --short",
      "git log --format=%s",
      "git diff --stat | tail -n 1",
      "for command in 'git commit -qam x' 'git update-ref refs/heads/x HEAD' 'git config a.b c'; do",
      '  $command 2> /dev/null && echo "$command worked"',
      "done",
      `( : > ${gitDir}/hooks/pre-commit ) 2> /dev/null && echo hook planted`,
      `rm -rf ${gitDir} ${store} 2> /dev/null && echo removed`,
      // Its own .git is its own affair: nothing of osqr's is behind it.
      "rm -rf .git && git init -q . && git commit -q --allow-empty -m own 2> /dev/null || true",
      "true",
    ].join("\n");
    const result = await runScript(sandbox, place, script.replace("set -e", ""), {
      argv: ["bash", "-c", script],
      mounts: [read(gitDir), read(store)],
    });
    expect(result.tail).toEqual([" M a.txt", "first", " 1 file changed, 1 insertion(+)"]);
    expect(readFileSync(join(gitDir, "config"), "utf8")).toBe(before);
    expect(git(place.root, ["--git-dir", gitDir, "log", "--format=%s"])).toBe("first\n");
  });

  it("give the user inside a name, a home and no power", async () => {
    const script =
      "whoami; echo ~; grep -i '^capeff' /proc/self/status; tail -n +1 /etc/passwd | cut -d: -f1 | sort";
    const result = await runScript(sandbox, place, script);
    expect(result.tail).toEqual(["osqr", place.home, "CapEff:\t0000000000000000", "nobody", "osqr", "root"]);
  });

  it("refuse a mount through a link that a task put into its tree", async () => {
    symlinkSync("/etc", join(place.tree, "node_modules"));
    const mount: Mount = { source: place.home, target: join(place.tree, "node_modules"), mode: "read" };
    await expect(runScript(sandbox, place, "true", { mounts: [mount] })).rejects.toMatchObject({
      code: "sandbox_mount_refused",
      hints: [`remove the link: rm '${join(place.tree, "node_modules")}'`],
    });
  });

  it("say which mount is missing", async () => {
    const missing = join(place.root, "missing");
    await expect(runScript(sandbox, place, "true", { mounts: [read(missing)] })).rejects.toMatchObject({
      code: "sandbox_start_failed",
      message: expect.stringContaining(missing),
    });
  });
});

function createRepository(place: TestPlace): { gitDir: string; store: string } {
  const project = join(place.root, "project");
  const gitDir = join(place.osqrHome, "git/a-1");
  mkdirSync(project);
  git(project, ["init", "-q", "-b", "main"]);
  writeFileSync(join(project, "a.txt"), "a\n");
  git(project, ["add", "a.txt"]);
  git(project, ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "first"]);
  git(project, ["clone", "-q", "--bare", "--shared", ".", gitDir]);
  git(project, ["--git-dir", gitDir, "config", "core.bare", "false"]);
  writeFileSync(join(place.tree, ".git"), `gitdir: ${gitDir}\n`);
  git(place.tree, ["reset", "-q", "--hard"]);
  return { gitDir, store: join(project, ".git/objects") };
}

function git(cwd: string, args: readonly string[]): string {
  return execFileSync("git", args, { cwd, encoding: "utf8" });
}

function listen(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.end());
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
