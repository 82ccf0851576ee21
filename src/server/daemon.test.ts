import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeService } from "../../test/fixtures/fake-service.ts";
import { send } from "../../test/fixtures/http.ts";
import { homePaths } from "../store/home.ts";
import { lockHome } from "../store/home-lock.ts";
import { type DaemonOptions, readIdleMs, readPort, startDaemon } from "./daemon.ts";
import { readDaemonFile } from "./daemon-file.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "osqr-daemon-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A service that holds the home as the real one does. */
class LockingService extends FakeService {
  constructor() {
    super();
    const lock = lockHome(homePaths(home), 1);
    const close = this.close;
    this.close = async () => {
      await close();
      lock.release();
    };
  }
}

function start(changes: Partial<DaemonOptions> = {}) {
  const service = { current: null as FakeService | null };
  const daemon = startDaemon({
    home,
    port: 0,
    version: "1.2.3",
    idleMs: null,
    createService: async () => {
      service.current = new LockingService();
      return service.current;
    },
    log: () => undefined,
    ...changes,
  });
  return { daemon, service };
}

test("names itself in daemon.json, closed to others, and takes it away at the end", async () => {
  const { daemon, service } = start({ now: () => 77 });
  const { port, stop, stopped } = await daemon;
  const path = homePaths(home).daemon;
  expect(readDaemonFile(path)).toEqual({ pid: process.pid, port, version: "1.2.3", startedAt: 77 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(homePaths(home).token).mode & 0o777).toBe(0o600);
  stop("test");
  stop("again");
  expect(await stopped).toBe("test");
  expect(readDaemonFile(path)).toBeNull();
  expect(service.current?.isClosed).toBe(true);
});

test("/shutdown answers, then stops it", async () => {
  const { port, stopped } = await start().daemon;
  const token = readFileSync(homePaths(home).token, "utf8").trim();
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const response = await send({ port, method: "POST", path: "/shutdown", headers, body: "{}" });
  expect([response.status, response.text]).toEqual([200, '{"ok":true}']);
  expect(await stopped).toBe("asked to");
});

test("a second one on the same home is refused with the pid of the first", async () => {
  const first = await start().daemon;
  await expect(start().daemon).rejects.toMatchObject({
    code: "home-locked",
    message: expect.stringContaining(`pid ${process.pid}`),
  });
  expect(readDaemonFile(homePaths(home).daemon)?.port).toBe(first.port);
  first.stop("test");
  await first.stopped;
});

test("a taken port is named, with the variable that changes it, and the home is free again", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as { port: number };
  const { daemon, service } = start({ port });
  await expect(daemon).rejects.toMatchObject({
    code: "port-taken",
    message: `port ${port} on 127.0.0.1 ($OSQR_PORT) is taken by another program`,
    hints: ["choose another one: OSQR_PORT=8766", "or any free one: OSQR_PORT=0"],
  });
  expect(service.current?.isClosed).toBe(true);
  expect(readDaemonFile(homePaths(home).daemon)).toBeNull();
  other.close();
});

test.each([
  ["readable by others", () => writeFileSync(homePaths(home).token, "x".repeat(43), { mode: 0o644 })],
  ["a link", () => symlinkSync("/etc/hostname", homePaths(home).token)],
])("does not start where the token is %s", async (_name, spoil) => {
  spoil();
  const { daemon, service } = start();
  await expect(daemon).rejects.toMatchObject({ code: "token-unsafe" });
  expect(service.current).toBeNull();
});

test("stops by itself when nothing happens, and not while work goes on", async () => {
  let now = 0;
  let check: (() => void) | null = null;
  const schedule = (run: () => void) => {
    check = run;
    return () => {
      check = null;
    };
  };
  const { daemon, service } = start({ idleMs: 60_000, now: () => now, schedule });
  const { stopped } = await daemon;
  const wake = (at: number) => {
    now = at;
    (check as (() => void) | null)?.();
  };
  if (service.current !== null) service.current.idle = false;
  wake(60_000);
  if (service.current !== null) service.current.idle = true;
  service.current?.append("tested");
  wake(119_999);
  wake(120_000);
  expect(await stopped).toBe("idle");
});

test("ports and minutes of the environment are read strictly", () => {
  expect([readPort(undefined), readPort("0"), readPort("65535")]).toEqual([8765, 0, 65_535]);
  expect(() => readPort("65536")).toThrow('OSQR_PORT: expected a port from 0 to 65535, found "65536"');
  expect(() => readPort("80; rm")).toThrow("OSQR_PORT");
  expect([readIdleMs(undefined), readIdleMs("0.5")]).toEqual([1_800_000, 30_000]);
  expect(() => readIdleMs("soon")).toThrow('OSQR_IDLE_MINUTES: expected minutes above 0, found "soon"');
});
