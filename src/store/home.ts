import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { OsqrError } from "../core/errors.ts";

/** Places in the home: the state of one user's osqr, for all projects. All are absolute. */
export interface HomePaths {
  readonly root: string;
  /** SQLite database of the event log. */
  readonly log: string;
  /** What the log must at least contain: see `head-file.ts`. */
  readonly head: string;
  /** SQLite file that is locked as long as a writer lives. */
  readonly lock: string;
  /** Names the process that holds the lock: pid, start, port. */
  readonly daemon: string;
  /** The daemon's own output. */
  readonly daemonLog: string;
  /** Bearer token of the API. */
  readonly token: string;
  /** Work trees of attempts and gates, with osqr's git directories. */
  readonly workspaces: string;
  /** One folder per attempt: private home, door, briefing, log. */
  readonly attempts: string;
  /** What setup made, by the hash of its lockfile. */
  readonly setups: string;
  /** Output of gates. */
  readonly gates: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** `$OSQR_HOME`, else `$XDG_STATE_HOME/osqr`, else `~/.local/state/osqr`. Absolute. */
export function resolveHome(env: Env, userHome: string = os.homedir()): string {
  if (env.OSQR_HOME) return path.resolve(env.OSQR_HOME);
  return path.join(xdgFolder(env.XDG_STATE_HOME, path.join(userHome, ".local", "state")), "osqr");
}

/** The operator's config: `$XDG_CONFIG_HOME/osqr/config.yaml`, else `~/.config/osqr/config.yaml`. Absolute. */
export function resolveConfigPath(env: Env, userHome: string = os.homedir()): string {
  return path.join(xdgFolder(env.XDG_CONFIG_HOME, path.join(userHome, ".config")), "osqr", "config.yaml");
}

/** The XDG rules ask to ignore a relative path. */
function xdgFolder(value: string | undefined, fallback: string): string {
  return value !== undefined && path.isAbsolute(value) ? value : fallback;
}

/** Names the places of a home without touching the disk. */
export function homePaths(root: string): HomePaths {
  const at = (name: string) => path.join(root, name);
  return {
    root,
    log: at("log.db"),
    head: at("head.json"),
    lock: at("lock.db"),
    daemon: at("daemon.json"),
    daemonLog: at("daemon.log"),
    token: at("token"),
    workspaces: at("workspaces"),
    attempts: at("attempts"),
    setups: at("setups"),
    gates: at("gates"),
  };
}

/**
 * Creates the home with mode 0700 where it is absent and checks that nobody else can write to it. The folders inside are
 * made by those who use them.
 *
 * @throws `home-unsafe` where it belongs to another user or others can write to it; `home-unusable` where it cannot be made
 */
export function openHome(root: string): HomePaths {
  const found = createFolder(root);
  if (process.getuid !== undefined && found.uid !== process.getuid()) {
    throw new OsqrError(
      "home-unsafe",
      `${root}: expected a folder of user ${process.getuid()}, found one of user ${found.uid}`,
      {
        hints: [HINT_OTHER_HOME],
      },
    );
  }
  if ((found.mode & 0o077) !== 0) tightenFolder(root, found.mode);
  return homePaths(root);
}

const HINT_OTHER_HOME = "use another folder: OSQR_HOME=/path/to/folder";

function createFolder(root: string): fs.Stats {
  try {
    fs.mkdirSync(root, { recursive: true, mode: 0o700 });
    return fs.statSync(root);
  } catch (cause) {
    const isTaken = (cause as NodeJS.ErrnoException).code === "EEXIST";
    const reason = cause instanceof Error ? cause.message : String(cause);
    const text = isTaken
      ? `${root}: expected a folder, found a file`
      : `cannot create the folder ${root}: ${reason}`;
    throw new OsqrError("home-unusable", text, {
      hints: [HINT_OTHER_HOME],
      cause,
    });
  }
}

/**
 * An empty folder becomes ours. One with content may be something else than a home (`OSQR_HOME=$HOME`), so its mode is left
 * as it is: what lies in it is closed by its own mode. Only where others can write is nothing safe.
 */
function tightenFolder(root: string, mode: number): void {
  if (fs.readdirSync(root).length === 0) {
    fs.chmodSync(root, 0o700);
    return;
  }
  if ((mode & 0o022) === 0) return;
  throw new OsqrError(
    "home-unsafe",
    `${root}: expected mode 700, found ${(mode & 0o7777).toString(8)}: other users can write to it`,
    { hints: [`close it: chmod 700 ${root}`, HINT_OTHER_HOME] },
  );
}
