/** Errors about what is around the work: the repository, the machine, requests. */
import { type ErrorEntry, row } from "./classes.ts";

const repository = (code: string, ...texts: [string, string]) => row("repository", code, texts);
const machine = (code: string, ...texts: [string, string]) => row("machine", code, texts);
const request = (code: string, ...texts: [string, string]) => row("request", code, texts);

export const ERRORS_OF_SURROUNDINGS: readonly ErrorEntry[] = [
  repository("not-a-repository", "there is no git repository here", "`git init`, or go to one"),
  repository("bare-repository", "the repository has no work tree", "work in a clone of it"),
  repository("shallow-repository", "the repository lacks its history", "`git fetch --unshallow`"),
  repository(
    "inside-submodule",
    "the folder is a submodule",
    "work in the repository around it, or in a clone",
  ),
  repository("no-commits", "the repository has no commit", "commit something"),
  repository(
    "detached-head",
    "no branch is checked out and none is named",
    "check one out, or set `base` in the config",
  ),
  repository("base-missing", "the base branch does not exist", "name another one: `base` in the config"),
  repository(
    "base-diverged",
    "the branch and what has landed went apart, or the branch keeps moving",
    "merge `refs/osqr/landed/<base>` by hand, or wait",
  ),
  repository("not-a-descendant", "what is to land is not built on the base", "none: osqr merges anew"),
  repository(
    "unrelated-histories",
    "two commits have no history in common",
    "check that the base is the right branch",
  ),
  repository("bad-name", "a branch or ref has a name that git does not take", "rename it"),
  repository(
    "before-<check>",
    "something that work needs is not there: the base, the programs, room on the disk",
    "what the message recommends",
  ),
  repository("git-missing", "git is not on PATH", "install git 2.38 or newer"),
  repository("git-too-old", "git is older than 2.38", "install a newer one"),
  repository("git-failed", "git ended with an error", "what git says in the message"),
  repository("git-timeout", "git did not end in time", "look for what keeps it: locks, a slow disk"),
  repository(
    "output-too-large",
    "git printed more than can be held",
    "keep what is generated out of the repository",
  ),
  repository(
    "project-moved",
    "another repository is where the project was",
    "move it back, or use another `OSQR_HOME`",
  ),

  machine("disk-full", "no room is left on the disk", "make room, then retry"),
  machine("disk-low", "less is free than the config wants", "make room, or lower `disk.minFreeBytes`"),
  machine(
    "disk-quota",
    "workspaces use more than the config allows",
    "finish or cancel paused workstreams, or raise `disk.maxBytes`",
  ),
  machine("home-locked", "another daemon has the home", "`osqr stop` it, or use another `OSQR_HOME`"),
  machine("home-unsafe", "others can get at the home", "what the message says; or use another `OSQR_HOME`"),
  machine(
    "home-unusable",
    "the home cannot be made or written",
    "mend its permissions, or use another `OSQR_HOME`",
  ),
  machine("config-unreadable", "a config file cannot be read", "mend its permissions"),
  machine("sqlite-too-old", "the SQLite of this Node can lose rows", "use a newer Node"),
  machine("token-invalid", "the token file holds no token", "delete it: a new one is made"),
  machine("token-unsafe", "others can read the token", "`chmod 600` it, or delete it: a new one is made"),
  machine("port-taken", "another program has the port", "`OSQR_PORT=<other>`"),
  machine("port-unusable", "the port cannot be used", "`OSQR_PORT=<other>`"),
  machine("bad-config", "a variable of the environment has a bad value", "what the message expects"),
  machine(
    "agent-missing",
    "the program of an agent is not on PATH",
    "install it: the hint says how; `osqr doctor`",
  ),
  machine("daemon-failed", "the daemon did not start", "its log, which the message names; `osqr doctor`"),
  machine("daemon-silent", "the daemon does not answer", "`osqr stop`, then again"),
  machine("daemon-gone", "the daemon ended in between", "say it again: it is started anew, nothing is lost"),
  machine("daemon-stopped", "the daemon was stopped while a run was watched", "`osqr go` goes on"),
  machine(
    "setup-failed",
    "the command that installs dependencies failed",
    "its output, which the message names; then retry",
  ),
  machine(
    "setup-stopped",
    "the set-up was stopped with its attempt",
    "none: it runs again with the next one",
  ),
  machine("no-folder", "the folder that you are in is gone", "`cd` to another one"),
  machine("internal", "osqr has a bug", "report it with the text"),

  request("usage", "the command line is wrong", "`osqr <command> --help`"),
  request("bad-request", "a field of a request is missing or wrong", "what the message expects"),
  request("bad-json", "the body is no JSON", "send JSON"),
  request("not-json", "the body is not declared as JSON", "`Content-Type: application/json`"),
  request("body-too-large", "the body is too large", "send less"),
  request(
    "unauthorized",
    "the token is missing or wrong",
    "`Authorization: Bearer <token>` with the token of the home",
  ),
  request("forbidden-host", "the request names another host", "use 127.0.0.1"),
  request("forbidden-origin", "the request comes from a web page", "none: pages may not"),
  request("unknown-route", "there is no such route", "`GET /openapi.json` lists them"),
  request("wrong-method", "the route has another method", "the one that the message names"),
  request("too-many-clients", "too many follow the events already", "close one"),
  request("stale-position", "the history ends before the position that is asked for", "start from `after=0`"),
];
