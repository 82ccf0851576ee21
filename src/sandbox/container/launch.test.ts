import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Mount, SandboxRequest } from "../types.ts";
import type { ContainerFeatures } from "./features.ts";
import { type LaunchParts, toLaunch } from "./launch.ts";
import { WRAPPER } from "./wrapper.ts";

const FEATURES: ContainerFeatures = {
  setting: { engine: null, image: "localhost/agents:1", memoryBytes: 4_294_967_296, cpus: 1.5 },
  engine: { kind: "podman", path: "/usr/bin/podman", env: { PATH: "/usr/bin" } },
  version: "5.0.0",
  isRootless: true,
  image: "4f5e6d",
  user: { uid: 1001, gid: 1002 },
  path: "/usr/bin:/bin",
  env: {},
  node: "/usr/bin/node",
  hasNode: true,
  programs: new Map(),
};
const PARTS: LaunchParts = {
  mark: "0123456789abcdef:fedcba9876543210:a-1",
  word: "osqr-word",
  filesMax: 20_000,
  userTasksMax: 4_000,
};
const write = (path: string): Mount => ({ source: path, target: path, mode: "write" });
const REQUEST: SandboxRequest = {
  label: "a-1",
  argv: ["bash", "/home/dana/run.sh"],
  cwd: "/w/a-1",
  env: { PATH: "/usr/bin", KEY: "sk-secret" },
  mounts: [
    { source: "/kept/node_modules", target: "/w/a-1/node_modules", mode: "read" },
    write("/w/a-1"),
    write("/w/a-1"),
  ],
  network: "off",
  limits: {
    timeoutMs: 1000,
    graceMs: 100,
    outputBytesMax: 1000,
    diskBytesMax: 10_000_000,
    processesMax: 100,
  },
  logPath: "/home/dana/output.log",
};
const launch = (request: Partial<SandboxRequest> = {}, features: Partial<ContainerFeatures> = {}) =>
  toLaunch({ ...FEATURES, ...features }, { ...REQUEST, ...request }, PARTS);
/** What stands before the wrapper, an option with its value a line. */
const show = (args: readonly string[]) =>
  args
    .slice(0, args.indexOf("/bin/sh"))
    .join(" ")
    .replaceAll(/ (?=--|\S+ -i )/g, "\n");

describe("the arguments of a container", () => {
  it("are walls, limits and mounts, outer ones first", () => {
    expect(show(launch().args)).toMatchInlineSnapshot(`
      "run
      --rm
      --interactive
      --pull=never
      --sig-proxy=false
      --log-driver=none
      --name osqr-0123456789abcdef-fedcba9876543210
      --hostname osqr
      --workdir /
      --no-healthcheck
      --label osqr.home=0123456789abcdef
      --label osqr.label=a-1
      --cap-drop=ALL
      --security-opt=no-new-privileges
      --security-opt=label=disable
      --read-only
      --ipc=private
      --network=none
      --read-only-tmpfs=false
      --http-proxy=false
      --passwd=false
      --userns=keep-id
      --user 1001:1002
      --tmpfs=/tmp:rw,exec,nosuid,nodev,mode=1777,size=10000000
      --tmpfs=/var/tmp:rw,exec,nosuid,nodev,mode=1777,size=10000000
      --shm-size=10000000b
      --pids-limit=800
      --oom-score-adj=500
      --stop-signal=KILL
      --stop-timeout=0
      --ulimit=nofile=20000:20000
      --ulimit=nproc=4000:4000
      --memory=4294967296b
      --memory-swap=4294967296b
      --cpus=1.5
      --mount type=bind,src=/w/a-1,dst=/w/a-1
      --mount type=bind,src=/kept/node_modules,dst=/w/a-1/node_modules,readonly
      --entrypoint /usr/bin/env
      4f5e6d -i OSQR_SANDBOX=0123456789abcdef:fedcba9876543210:a-1"
    `);
    expect(launch().args.slice(launch().args.lastIndexOf("osqr"))).toEqual([
      ...["osqr", "osqr-word", "/w/a-1", "19533", "log"],
    ]);
  });

  it("differ for docker, which makes nobody the operator but by number, and for an open network", () => {
    const engine = { ...FEATURES.engine, kind: "docker" as const };
    const setting = { ...FEATURES.setting, memoryBytes: null, cpus: null };
    const { args } = launch({ network: "open", mounts: [] }, { engine, setting, isRootless: false });
    expect(show(args)).toMatchInlineSnapshot(`
      "run
      --rm
      --interactive
      --pull=never
      --sig-proxy=false
      --log-driver=none
      --name osqr-0123456789abcdef-fedcba9876543210
      --hostname osqr
      --workdir /
      --no-healthcheck
      --label osqr.home=0123456789abcdef
      --label osqr.label=a-1
      --cap-drop=ALL
      --security-opt=no-new-privileges
      --security-opt=label=disable
      --read-only
      --ipc=private
      --userns=host
      --user 1001:1002
      --tmpfs=/tmp:rw,exec,nosuid,nodev,mode=1777,size=10000000
      --tmpfs=/var/tmp:rw,exec,nosuid,nodev,mode=1777,size=10000000
      --shm-size=10000000b
      --pids-limit=800
      --oom-score-adj=500
      --stop-signal=KILL
      --stop-timeout=0
      --ulimit=nofile=20000:20000
      --ulimit=nproc=4000:4000
      --entrypoint /usr/bin/env
      4f5e6d -i OSQR_SANDBOX=0123456789abcdef:fedcba9876543210:a-1"
    `);
  });

  it("take any path but one with a line break", () => {
    const path = '/home/dana/a, "b": c';
    const { args } = launch({ mounts: [write(path)] });
    expect(args).toContain('type=bind,"src=/home/dana/a, ""b"": c","dst=/home/dana/a, ""b"": c"');
    expect(() => launch({ mounts: [write("/a\nb")] })).toThrow("the path has a line break");
  });

  const variable = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,9}$/);
  // As long as no secret is part of something else by chance.
  const secret = fc.string({ minLength: 12, maxLength: 60 }).filter((text) => !text.includes("\0"));

  it("never hold a value of a variable, or the command", () => {
    fc.assert(
      fc.property(
        fc.dictionary(variable, secret),
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        (env, argv) => {
          const text = launch({ env, argv: argv as [string, ...string[]] }).args.join("\n");
          for (const value of [...Object.values(env), ...argv]) expect(text).not.toContain(value);
        },
      ),
    );
  });

  it("and what goes in by stdin arrives as it is, whatever is in it", () => {
    const text = fc.oneof(
      secret,
      fc.constantFrom("", "a\nb", "'", "\\'\n$(id)`id`", "$HOME * \t", "é\r\n'\"'"),
    );
    const own = variable.filter((name) => !/^(PWD|OLDPWD|SHLVL|PATH|IFS|_|PS4|ENV|[GLD].*)$/.test(name));
    fc.assert(
      fc.property(fc.dictionary(own, text), fc.array(text, { maxLength: 3 }), (env, words) => {
        const argv = [
          "/usr/bin/env",
          "-0",
          "sh",
          "-c",
          'env -0; printf "%s\\0" "$@"',
          "-",
          ...words,
        ] as const;
        const { header } = launch({ env, argv: ["sh", "-c", argv[4], "-", ...words] });
        const output = execFileSync(
          "/usr/bin/env",
          ["-i", "/bin/sh", "-c", WRAPPER, "osqr", PARTS.word, "/", "100000", "log"],
          { input: header, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] },
        );
        const entries = output.split("\0").slice(0, -1);
        const given = entries.splice(entries.length - words.length);
        expect(given).toEqual(words);
        for (const [name, value] of Object.entries(env)) expect(entries).toContain(`${name}=${value}`);
      }),
      { numRuns: 40 },
    );
  });
});

describe("the first process of a container", () => {
  const run = (input: string, script = "log") => {
    try {
      const args = ["-i", "/bin/sh", "-c", WRAPPER, "osqr", "word", "/", "100", script];
      return {
        code: 0,
        text: execFileSync("/usr/bin/env", args, { input, encoding: "utf8", stdio: "pipe" }),
      };
    } catch (error) {
      return { code: (error as { status: number }).status, text: "" };
    }
  };

  it("goes when stdin ends before the word: its daemon is gone", () => {
    expect(run("export A='1'\nset -- /bin/echo started\n")).toEqual({ code: 70, text: "" });
    expect(run("set -- /bin/echo started\nword\n")).toEqual({ code: 0, text: "started\n" });
  });

  it("gives the exit code of its command, and 128 more than the signal that ended it", () => {
    expect(run("set -- /bin/sh -c 'exit 7'\nword\n").code).toBe(7);
    expect(run("set -- /bin/sh -c 'kill -9 $$'\nword\n").code).toBe(137);
    expect(run("set -- no-such-program\nword\n").code).toBe(127);
  });

  it("leaves the rest of stdin to a command with pipes, and nothing to another", () => {
    expect(run("set -- /bin/cat\nword\nrest\n", "pipes").text).toBe("rest\n");
    expect(run("set -- /bin/cat\nword\nrest\n").text).toBe("");
  });
});
