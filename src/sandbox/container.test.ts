import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { containers, TEST_ENGINE, whyNoContainers } from "./container/testing.ts";
import { createContainerSandbox } from "./container.ts";
import { toHomeId } from "./environment.ts";
import { createPlace, findProcesses, runScript, type TestPlace, toRequest, waitUntil } from "./testing.ts";
import type { Mount, Sandbox } from "./types.ts";

const { features } = containers.probe;
describe.skipIf(features === null)(`the walls of a container${whyNoContainers}`, () => {
  let place: TestPlace;
  let sandbox: Sandbox;
  beforeEach(() => {
    place = createPlace();
    sandbox = create();
  });
  afterEach(() => {
    expect(listContainers()).toEqual([]);
    place.remove();
  });

  function create(memoryBytes: number | null = null): Sandbox {
    if (features === null) throw new Error("containers do not work here");
    const setting = { ...features.setting, memoryBytes };
    return createContainerSandbox({ homeFolder: place.osqrHome, features: { ...features, setting } });
  }
  const callEngine = (args: readonly string[]): string =>
    execFileSync(TEST_ENGINE, args, { encoding: "utf8", env: features?.engine.env });
  const listContainers = (): string[] => {
    const filter = `label=osqr.home=${toHomeId(place.osqrHome)}`;
    return callEngine(["ps", "--all", "--filter", filter, "--format", "{{.Names}}"])
      .split("\n")
      .filter(Boolean);
  };
  const read = (path: string): Mount => ({ source: path, target: path, mode: "read" });

  it("let nothing be written but the tree, the home and memory", async () => {
    const script = [
      `for path in / /usr /etc /dev /var /proc /bin /run /sys ${place.tree} ${place.home} /tmp /var/tmp /dev/shm; do`,
      '  if ( : > "$path/probe" ) 2> /dev/null; then echo "$path can be written"; fi',
      "done",
      `( : > ${place.osqrHome}/probe ) 2> /dev/null || true`,
    ].join("\n");
    const { tail } = await runScript(sandbox, place, script);
    const writable = [place.tree, place.home, "/tmp", "/var/tmp", "/dev/shm"];
    // A new device folder is memory of the container's own.
    expect(tail.filter((line) => !line.startsWith("/dev can"))).toEqual(
      writable.map((path) => `${path} can be written`),
    );
    expect(existsSync(join(place.osqrHome, "probe"))).toBe(false);
    expect(statSync(join(place.tree, "probe")).uid).toBe(process.getuid?.());
  });

  it("show the image and nothing of the machine: no home, no key, no process", async () => {
    const secret = join(place.osqrHome, "token");
    writeFileSync(secret, "secret");
    const script = [
      `for path in ${secret} ${process.cwd()} /root/.ssh /etc/shadow /etc/apt /home/* /usr/share/doc; do`,
      '  if [ -e "$path" ]; then echo "$path is there"; fi',
      "done",
      `ls -A ${place.osqrHome}`,
      'cd /proc; for pid in [0-9]*; do echo "$pid"; done | wc -l',
    ].join("\n");
    const { tail } = await runScript(sandbox, place, script);
    expect(tail.slice(0, 2)).toEqual(["attempts", "workspaces"]);
    expect(Number(tail[2])).toBeLessThan(8);
  });

  it("let nobody out while the network is off, but have a loopback of their own", async () => {
    const server = await listen();
    const { port } = server.address() as { port: number };
    const inside =
      "require('net').createServer().listen(0, '127.0.0.1', function () { require('net').connect(this.address().port).on('connect', () => { console.log('own loopback works'); process.exit() }) })";
    const script = `exec 2> /dev/null; echo > /dev/tcp/127.0.0.1/${port} && echo reached || echo refused; '${process.execPath}' -e "${inside}"; ls /sys/class/net`;
    const { tail } = await runScript(sandbox, place, script, { mounts: [read(process.execPath)] });
    expect(tail).toEqual(["refused", "own loopback works", "lo"]);
    server.close();
  });

  it("show a git directory to look at, not to write", async () => {
    const { gitDir, store } = createRepository(place);
    const script = [
      "echo changed >> a.txt",
      "git status --short",
      "git log --format=%s",
      "for command in 'git commit -qam x' 'git update-ref refs/heads/x HEAD' 'git config a.b c'; do",
      '  $command 2> /dev/null && echo "$command worked"',
      "done",
      `( : > ${gitDir}/hooks/pre-commit ) 2> /dev/null && echo hook planted`,
      `rm -rf ${gitDir} ${store} 2> /dev/null && echo removed`,
      "true",
    ].join("\n");
    const argv = ["bash", "-c", script] as const;
    const { tail } = await runScript(sandbox, place, script, { argv, mounts: [read(gitDir), read(store)] });
    expect(tail).toEqual([" M a.txt", "first"]);
    expect(git(place.root, ["--git-dir", gitDir, "log", "--format=%s"])).toBe("first\n");
  });

  it("give the user inside a name, a home and no power", async () => {
    const script = "whoami; echo ~; grep -iE '^(capeff|capbnd|nonewprivs|seccomp):' /proc/self/status";
    const { tail } = await runScript(sandbox, place, script);
    expect(tail).toEqual([
      process.getuid?.() === 0 ? "root" : "osqr",
      place.home,
      "CapEff:\t0000000000000000",
      "CapBnd:\t0000000000000000",
      "NoNewPrivs:\t1",
      "Seccomp:\t2",
    ]);
  });

  it("keep variables and command out of every command line and every record of the engine", async () => {
    const secret = `sk-${process.pid}-${Math.floor(performance.now())}-0123456789`;
    const env = { PATH: "/usr/bin:/bin", HOME: place.home, KEY: secret };
    const request = toRequest(place, 'test "$KEY" = "$(cat expected)"; touch ready; sleep 1000', { env });
    writeFileSync(join(place.tree, "expected"), secret);
    const started = await sandbox.start(request);
    await waitUntil("the key was seen", () => existsSync(join(place.tree, "ready")));
    expect(findProcesses(secret)).toEqual([]);
    const [name = ""] = listContainers();
    expect(callEngine(["inspect", name])).not.toContain(secret);
    if (TEST_ENGINE === "podman") {
      const file = join(callEngine(["inspect", "--format", "{{.StaticDir}}", name]).trim(), "config.json");
      const isMapped = features?.isRootless === true;
      const record = isMapped ? callEngine(["unshare", "cat", file]) : readFileSync(file, "utf8");
      expect(record).toContain("OSQR_SANDBOX");
      expect(record).not.toContain(secret);
    }
    await started.terminate("cancel");
  });

  it("go within two seconds when the work is cancelled, whatever it does", async () => {
    const script = "trap '' TERM INT HUP; touch ready; while :; do :; done";
    const started = await sandbox.start(toRequest(place, script, { limits: { graceMs: 300 } }));
    await waitUntil("it is ready", () => existsSync(join(place.tree, "ready")));
    const { pid } = started;
    void started.terminate("pause");
    await waitUntil("no process is left", () => !existsSync(`/proc/${pid}`), 2_000);
    expect(await started.result).toMatchObject({ isCanceled: true });
  });

  // Without root an engine may have no control groups to hold it with.
  it.skipIf(features?.isRootless === true)("hold the memory that the config allows", async () => {
    const eat = "const held = []; for (let n = 0; n < 40; n++) held.push(Buffer.alloc(20e6, 1))";
    const small = create(150_000_000);
    const { exitCode } = await runScript(small, place, `exec '${process.execPath}' -e "${eat}"`, {
      mounts: [read(process.execPath)],
    });
    expect(exitCode).toBe(137);
  });

  it("take mounts with any name, and make their places as the operator's", async () => {
    const odd = join(place.root, 'a, "b": c');
    mkdirSync(odd);
    writeFileSync(join(odd, "file"), "found");
    const inner: Mount = { source: odd, target: join(place.tree, "deep/inner"), mode: "read" };
    const { tail } = await runScript(sandbox, place, `cat '${odd}/file' deep/inner/file`, {
      mounts: [read(odd), read(odd), inner],
    });
    expect(tail).toEqual(["foundfound"]);
    expect(statSync(join(place.tree, "deep")).uid).toBe(process.getuid?.());
  });

  it("refuse a mount through a link that a task put into its tree", async () => {
    symlinkSync("/etc", join(place.tree, "node_modules"));
    const mount: Mount = { source: place.home, target: join(place.tree, "node_modules"), mode: "read" };
    await expect(runScript(sandbox, place, "true", { mounts: [mount] })).rejects.toMatchObject({
      code: "sandbox_mount_refused",
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
