/** What osqr needs on this machine, looked at one by one. A check never throws: what is wrong is its finding. */

import { statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { OsqrError } from "../core/errors.ts";
import type { AgentFinding } from "../executors/agent-finding.ts";
import { checkVersion, findGit, userEnvironment, userGuards } from "../git/environment.ts";
import { createGit, readLine } from "../git/run.ts";
import { readPort } from "../server/daemon.ts";
import { readOperatorConfig } from "../store/config-file.ts";
import { resolveConfigPath } from "../store/home.ts";
import { loadSqlite } from "../store/node-sqlite.ts";
import { readOrCreateToken } from "../store/token.ts";
import { describeAgents } from "./agent-checks.ts";
import { openOwnHome } from "./client/connect.ts";
import { findDaemon } from "./client/find.ts";
import { listWaysOut } from "./client/patience.ts";
import type { Host } from "./host.ts";
import { checkSandbox } from "./sandbox-check.ts";
import { formatBytes } from "./text/duration.ts";

export interface Finding {
  readonly name: string;
  /** `warn`: it works, with a weaker promise. */
  readonly status: "ok" | "warn" | "bad";
  readonly found: string;
  readonly hints: readonly string[];
}

/** What a check finds. */
export type Result = Omit<Finding, "name">;

const ok = (found: string): Result => ({ status: "ok", found, hints: [] });
const warn = (found: string, ...hints: readonly string[]): Result => ({ status: "warn", found, hints });

const DISK_BYTES_LOW = 2 * 1024 ** 3;

const CHECKS: readonly { readonly name: string; readonly look: (host: Host) => Promise<Result> | Result }[] =
  [
    { name: "node", look: () => ok(`${process.version} (${process.execPath})`) },
    { name: "sqlite", look: checkSqlite },
    { name: "git", look: checkGit },
    { name: "sandbox", look: checkSandbox },
    { name: "config", look: checkConfig },
    { name: "home", look: (host) => ok(openOwnHome(host).root) },
    { name: "token", look: (host) => readToken(host) },
    { name: "disk", look: checkDisk },
    { name: "daemon", look: checkDaemon },
  ];

/** All findings, in order. `agents` null: nobody has looked for any. */
export async function examine(host: Host, agents: readonly AgentFinding[] | null = null): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, look } of CHECKS) {
    try {
      findings.push({ name, ...(await look(host)) });
    } catch (error) {
      findings.push({ name, ...toBad(error) });
    }
  }
  return agents === null ? findings : [...findings, ...describeAgents(agents)];
}

export function toBad(error: unknown): Result {
  const hints = error instanceof OsqrError ? error.hints : [];
  return { status: "bad", found: error instanceof Error ? error.message : String(error), hints };
}

/** It says which agents there are. */
function checkConfig({ env }: Host): Result {
  const path = resolveConfigPath(env);
  const isEmpty = Object.keys(readOperatorConfig(path)).length === 0;
  return ok(isEmpty ? `nothing is set in ${path}` : path);
}

function checkSqlite(): Result {
  loadSqlite();
  return ok(process.versions.sqlite ?? "");
}

async function checkGit({ env }: Host): Promise<Result> {
  const binary = findGit(env);
  const printed = await readLine(createGit(binary, userEnvironment(env), userGuards), { args: ["version"] });
  checkVersion(printed, binary);
  return ok(`${printed.replace(/^git version /, "")} (${binary})`);
}

function readToken(host: Host): Result {
  const home = openOwnHome(host);
  readOrCreateToken(home);
  return ok(`${home.token} (only you can read it)`);
}

async function checkDisk(host: Host): Promise<Result> {
  const { root } = openOwnHome(host);
  const { bavail, bsize } = await statfs(root);
  const free = bavail * bsize;
  const found = `${formatBytes(free)} free in ${root}`;
  return free < DISK_BYTES_LOW
    ? warn(found, "free some space, or use another disk: OSQR_HOME=/path")
    : ok(found);
}

async function checkDaemon(host: Host): Promise<Result> {
  const home = openOwnHome(host);
  const found = await findDaemon(home);
  if (found.kind === "ready") return ok(`pid ${found.pid} on port ${found.port}, log ${home.daemonLog}`);
  if (found.kind === "busy") return warn(`pid ${found.pid} starts or stops, log ${home.daemonLog}`);
  if (found.kind === "silent") {
    const hints = [...listWaysOut(found.pid), `its log: ${home.daemonLog}`];
    return { status: "bad", found: `pid ${found.pid} does not answer`, hints };
  }
  const port = readPort(host.env.OSQR_PORT);
  if (await canListen(port))
    return ok(`not running; ${port === 0 ? "it takes any free port" : `port ${port} is free`}`);
  return {
    status: "bad",
    found: `not running, and port ${port} ($OSQR_PORT) is taken by another program`,
    hints: ["choose another one: OSQR_PORT=8766", "or any free one: OSQR_PORT=0"],
  };
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
