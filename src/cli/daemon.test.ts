/** The real daemon in processes of its own: how commands start it, share it, lose it and end it. */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, test } from "vitest";
import { readDaemonFile } from "../server/daemon-file.ts";
import { homePaths } from "../store/home.ts";
import { isAlive } from "./client/find.ts";

const MAIN = resolve("src/main.ts");
const NODE_FLAGS = ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"];

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A home and a repository of its own. */
class Place {
  readonly folder = mkdtempSync(join(tmpdir(), "osqr-daemon-"));
  readonly home = join(this.folder, "home");
  readonly repository = join(this.folder, "repo");

  constructor(specs: Readonly<Record<string, string>>) {
    mkdirSync(join(this.repository, "docs"), { recursive: true });
    for (const [name, text] of Object.entries(specs)) {
      writeFileSync(join(this.repository, "docs", `${name}.md`), text);
    }
    this.git("init", "--quiet", "--initial-branch=main");
    this.git("add", ".");
    this.git("commit", "--quiet", "--message=plans");
  }

  git(...args: readonly string[]): string {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
    return execFileSync(
      "git",
      ["-C", this.repository, "-c", "user.name=t", "-c", "user.email=t@t", ...args],
      {
        env,
        encoding: "utf8",
      },
    );
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, [...NODE_FLAGS, MAIN, ...args], {
      cwd: this.repository,
      env: { ...process.env, OSQR_HOME: this.home, OSQR_PORT: "0", NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    // On a busy machine a start takes long enough for a word about it.
    const said = () => err.replace(/^waiting for the daemon.*\n/gm, "");
    const ended = new Promise<Ended>((done) => child.on("close", (code) => done({ code, out, err: said() })));
    return { ended, err: said, raw: () => err, signal: (signal: NodeJS.Signals) => child.kill(signal) };
  }

  osqr(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.start(args, env).ended;
  }

  get daemon() {
    return readDaemonFile(homePaths(this.home).daemon);
  }
}

const places: Place[] = [];
function createPlace(specs: Readonly<Record<string, string>> = { one: spec("true") }): Place {
  const place = new Place(specs);
  places.push(place);
  return place;
}

afterAll(async () => {
  await Promise.all(places.map((place) => place.osqr(["stop"])));
  for (const { folder } of places) rmSync(folder, { recursive: true, force: true });
});

function spec(script: string): string {
  return `---\nstatus: ready\n---\n# A plan\n\n## Tasks\n\n- [ ] T1 do it\n\n\`\`\`sh run\n${script}\n\`\`\`\n`;
}

test("a reader that goes away is no fault", async ({ expect }) => {
  const child = spawn(process.execPath, [...NODE_FLAGS, MAIN, "--help"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  let err = "";
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const code = await new Promise((done) => child.on("close", done));
  expect([code, err]).toEqual([0, ""]);
});

// They wait for processes most of the time.
describe.concurrent("the daemon", () => {
  test("is started once by two commands at once, and ended by stop", async ({ expect }) => {
    const place = createPlace();
    const [first, second] = await Promise.all([place.osqr(["inbox"]), place.osqr(["status", "--json"])]);
    expect([first.code, second.code, first.err, second.err]).toEqual([0, 0, "", ""]);
    const pid = place.daemon?.pid ?? 0;
    expect(JSON.parse(second.out).daemon.pid).toBe(pid);
    expect(statSync(homePaths(place.home).daemonLog).mode & 0o777).toBe(0o600);
    expect(await place.osqr(["serve"])).toMatchObject({
      code: 1,
      err: expect.stringMatching(new RegExp(`^error: another osqr uses .*: pid ${pid}, port \\d+`)),
    });
    expect(await place.osqr(["stop"])).toMatchObject({
      code: 0,
      out: `Stopped (pid ${pid}). Runs go on with the next osqr go.\n`,
    });
    expect([isAlive(pid), place.daemon]).toEqual([false, null]);
  });

  test("that cannot start gives its error to the command that needs it", async ({ expect }) => {
    const place = createPlace();
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((listening) => other.once("listening", listening));
    const { port } = other.address() as { port: number };
    const { code, err } = await place.osqr(["status"], { OSQR_PORT: String(port) });
    expect([code, err]).toEqual([
      1,
      `error: port ${port} on 127.0.0.1 ($OSQR_PORT) is taken by another program\n` +
        "  hint: choose another one: OSQR_PORT=8766\n  hint: or any free one: OSQR_PORT=0\n",
    ]);
    other.close();
    const config = join(place.folder, "config");
    mkdirSync(join(config, "osqr"), { recursive: true });
    writeFileSync(join(config, "osqr", "config.yaml"), "gats: {}\n");
    const wrong = await place.osqr(["status"], { XDG_CONFIG_HOME: config });
    expect([wrong.code, wrong.err]).toEqual([
      1,
      expect.stringContaining('config.yaml:1: unknown key "gats"'),
    ]);
  });

  test("that is busy for a while is waited for, and named", async ({ expect }) => {
    const place = createPlace();
    expect((await place.osqr(["inbox"])).code).toBe(0);
    const pid = place.daemon?.pid ?? 0;
    process.kill(pid, "SIGSTOP");
    const asked = place.start(["status", "--json"]);
    const doctor = await place.osqr(["doctor"]);
    expect(doctor.out).toContain(`pid ${pid} does not answer`);
    expect(doctor.out).toContain(`kill -CONT ${pid}`);
    await expect
      .poll(asked.raw, { timeout: 30_000 })
      .toBe(`waiting for the daemon (pid ${pid}): it is there and does not answer yet\n`);
    process.kill(pid, "SIGCONT");
    const { code, out } = await asked.ended;
    expect([code, JSON.parse(out).daemon.pid]).toEqual([0, pid]);
  });

  test("that nobody needs stops by itself", async ({ expect }) => {
    const place = createPlace();
    expect((await place.osqr(["inbox"], { OSQR_IDLE_MINUTES: "0.005" })).code).toBe(0);
    const log = homePaths(place.home).daemonLog;
    await expect.poll(() => readFileSync(log, "utf8"), { timeout: 30_000 }).toMatch(/ stopped: idle\n$/);
    expect(place.daemon).toBeNull();
  });

  test("may die while go follows: go goes on, and shows each thing once", async ({ expect }) => {
    const place = createPlace({ first: spec("echo 1 > 1.txt"), second: spec("sleep 2; echo 2 > 2.txt") });
    const go = place.start(["go", "--yes"]);
    await expect.poll(go.err, { timeout: 30_000 }).toContain("✓ 1 first");
    const pid = place.daemon?.pid ?? 0;
    process.kill(pid, "SIGKILL");
    const { code, out, err } = await go.ended;
    expect([code, out.split("\n")[0]]).toEqual([0, "Built 2 of 2."]);
    expect(err).toContain("! the daemon has ended; starting it again, nothing is lost");
    expect(err.match(/✓ 1 first +T1/g)).toHaveLength(1);
    expect(err.match(/merged to main/g)).toHaveLength(2);
    expect(place.daemon?.pid).not.toBe(pid);
    expect(place.git("show", "main:2.txt")).toBe("2\n");
  });

  test("goes on with a run when Ctrl-C detaches go, and go comes back to it", async ({ expect }) => {
    const place = createPlace({ slow: spec("sleep 2; echo done > done.txt") });
    const go = place.start(["go", "--yes"]);
    await expect.poll(go.err, { timeout: 30_000 }).toContain("● 1 slow");
    go.signal("SIGINT");
    const { code, err } = await go.ended;
    expect([code, err.includes("Detached: the run goes on.")]).toEqual([130, true]);
    const again = await place.osqr(["go", "--json"]);
    expect([again.code, JSON.parse(again.out).status]).toEqual([0, "completed"]);
    expect(place.git("show", "main:done.txt")).toBe("done\n");
  });
});
