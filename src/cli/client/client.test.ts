import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { createTestHost } from "../../../test/fixtures/cli-host.ts";
import { FakeService } from "../../../test/fixtures/fake-service.ts";
import { VERSION } from "../../core/version.ts";
import { startDaemon } from "../../server/daemon.ts";
import { writeDaemonFile } from "../../server/daemon-file.ts";
import { homePaths } from "../../store/home.ts";
import { readOrCreateToken } from "../../store/token.ts";
import { runCli } from "../main.ts";
import { findDaemon } from "./find.ts";
import { Patience } from "./patience.ts";
import { awaitRunningDaemon } from "./start.ts";

/** Holds the home as a daemon does. */
const HOLD = `
  const { lockHome } = await import(${JSON.stringify(pathToFileURL(resolve("src/store/home-lock.ts")).href)});
  const { openHome } = await import(${JSON.stringify(pathToFileURL(resolve("src/store/home.ts")).href)});
  lockHome(openHome(process.argv.at(-1)), 1);
  process.stdout.write("held\\n");
  setInterval(() => undefined, 1_000);
`;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "osqr-client-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const listen = (server: Server) =>
  new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });

/** `daemon.json` as a daemon of this process would have left it. */
const announce = (port: number | null, pid = process.pid) =>
  writeDaemonFile(homePaths(home).daemon, { pid, port, version: "1", startedAt: 1 });

test.each([
  ["one without a proof", () => ({ ok: true, version: "1", proof: null })],
  ["one with a wrong proof", () => ({ ok: true, version: "1", proof: "0".repeat(64) })],
  ["one that speaks something else", () => "hello"],
])("a stranger on the daemon's port, %s, never gets the token", async (_name, answer) => {
  const token = readOrCreateToken(homePaths(home));
  const seen: IncomingMessage[] = [];
  const stranger = createServer((request, response) => {
    seen.push(request);
    response.end(JSON.stringify(answer()));
  });
  announce(await listen(stranger));
  expect(await findDaemon(homePaths(home))).toEqual({ kind: "absent" });
  expect(seen).toHaveLength(1);
  expect(JSON.stringify([seen[0]?.url, seen[0]?.rawHeaders])).not.toContain(token);
  stranger.close();
});

test("a daemon that is gone, starts, or stops is told apart", async () => {
  const paths = homePaths(home);
  expect(await findDaemon(paths)).toEqual({ kind: "absent" });
  announce(null);
  expect(await findDaemon(paths)).toEqual({ kind: "busy", pid: process.pid });
  announce(8765, 2 ** 22 + 1);
  expect(await findDaemon(paths)).toEqual({ kind: "absent" });
  writeFileSync(paths.daemon, '{"pid":');
  expect(await findDaemon(paths)).toEqual({ kind: "absent" });
});

/** A server that takes requests and answers none until it is told to. */
async function openSilent() {
  const waiting: (() => void)[] = [];
  const server = createServer((_request, response) => {
    waiting.push(() => response.destroy());
  });
  onTestFinished(() => {
    for (const end of waiting) end();
    server.close();
  });
  announce(await listen(server));
}

test("a daemon that has the home and is too busy to answer is there; who only took over its port is not", async () => {
  const paths = homePaths(home);
  readOrCreateToken(paths);
  await openSilent();
  expect(await findDaemon(paths)).toEqual({ kind: "absent" });
  const holder = spawn(process.execPath, [...process.execArgv, "--input-type=module", "-e", HOLD, home]);
  onTestFinished(() => void holder.kill("SIGKILL"));
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  // The holder wrote its own name over it.
  await openSilent();
  expect(await findDaemon(paths)).toEqual({ kind: "silent", pid: process.pid });
  const told: string[] = [];
  const limits = { tellMs: 1, startMs: 60_000, silentMs: 500 };
  const patience = new Patience(paths, (line) => told.push(line), limits);
  await expect(awaitRunningDaemon(paths, patience)).rejects.toMatchObject({
    code: "daemon-silent",
    message: `the daemon (pid ${process.pid}) does not answer`,
    hints: [expect.stringContaining(`kill -9 ${process.pid}`), `its log: ${paths.daemonLog}`],
  });
  expect(told).toEqual([`waiting for the daemon (pid ${process.pid}): it is there and does not answer yet`]);
}, 30_000);

test("a daemon that starts is waited for, with a line that says so, up to a bound", async () => {
  const paths = homePaths(home);
  announce(null);
  const told: string[] = [];
  const limits = { tellMs: 1, startMs: 300, silentMs: 1 };
  const patience = new Patience(paths, (line) => told.push(line), limits);
  await expect(awaitRunningDaemon(paths, patience)).rejects.toMatchObject({ code: "daemon-silent" });
  expect(told).toEqual([
    expect.stringMatching(/^waiting for the daemon \(pid \d+\), which starts or stops: a long history/),
  ]);
});

test("a token that others can read is refused by the client too", async () => {
  const paths = homePaths(home);
  writeFileSync(paths.token, "x".repeat(43), { mode: 0o644 });
  announce(8765);
  const host = createTestHost({ home, cwd: home });
  expect(await runCli(["status"], host)).toBe(1);
  expect(host.err()).toMatch(/^error: .*token: expected mode 600, found 644/);
});

test("an older daemon is named, with the way to change over", async () => {
  const service = new FakeService();
  const createService = async () => service;
  const log = () => undefined;
  const daemon = await startDaemon({ home, port: 0, version: "0.0.1", idleMs: null, createService, log });
  const host = createTestHost({ home, cwd: home });
  expect(await runCli(["inbox"], host)).toBe(0);
  expect(host.err()).toBe(
    `note: the daemon is version 0.0.1, this is ${VERSION}. To change over: osqr stop\n`,
  );
  daemon.stop("test");
  await daemon.stopped;
});
