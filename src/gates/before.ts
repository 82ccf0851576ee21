/** Gates before work: whether a run can start at all. Pure: the caller gathers the facts, `checkBefore` judges them. */
import type { GateDefinition } from "./types.ts";

/** A program that something needs. */
export interface NeededCommand {
  readonly command: string;
  /** Who needs it, for people: `gate tests`, `osqr`. */
  readonly neededBy: string;
  /** Absolute path where it was found on PATH, else null. */
  readonly path: string | null;
  /** True: without it nothing can start. False: only what needs it goes unverified. */
  readonly required: boolean;
}

export interface BeforeFacts {
  /** `commit` null: the branch does not exist or has no commit. */
  readonly base: { readonly name: string; readonly commit: string | null };
  readonly commands: readonly NeededCommand[];
  /** `neededBytes` is an estimate: what the attempts at once and their trees will take. */
  readonly disk: { readonly freeBytes: number; readonly neededBytes: number };
  /** Set-up, gate and run commands of the project, and whether their content was approved (design rule 9). */
  readonly approvals: readonly { readonly subject: string; readonly approved: boolean }[];
}

export interface BeforeCheck {
  readonly name: "base" | "commands" | "disk" | "approvals";
  /** `warning`: the run may start, and is told what it will lack. */
  readonly status: "passed" | "warning" | "failed";
  readonly message: string;
  /** One next step for a person, null where it passed. */
  readonly recommendation: string | null;
}

/** In the order in which a person would mend them. A run starts where none has failed. */
export function checkBefore(facts: BeforeFacts): readonly BeforeCheck[] {
  return [
    checkBase(facts.base),
    checkCommands(facts.commands),
    checkDisk(facts.disk),
    checkApprovals(facts.approvals),
  ];
}

function checkBase(base: BeforeFacts["base"]): BeforeCheck {
  if (base.commit !== null) return passed("base", `${base.name} (${base.commit.slice(0, 7)})`);
  return {
    name: "base",
    status: "failed",
    message: `the base branch ${base.name} has no commit`,
    recommendation: `Commit something on ${base.name}, or name another base in .osqr/config.yaml.`,
  };
}

function checkCommands(commands: readonly NeededCommand[]): BeforeCheck {
  const missing = commands.filter((needed) => needed.path === null);
  if (missing.length === 0)
    return passed("commands", [...new Set(commands.map((c) => c.command))].join(", "));
  const message = missing.map((needed) => `${needed.command} is not on PATH (${needed.neededBy})`).join("; ");
  const names = [...new Set(missing.map((needed) => needed.command))].join(", ");
  const isRequired = missing.some((needed) => needed.required);
  return {
    name: "commands",
    status: isRequired ? "failed" : "warning",
    message,
    recommendation: isRequired
      ? `Install ${names}, or put it on the PATH of the shell that starts osqr.`
      : `Install ${names}; until then what needs it is reported as not verified.`,
  };
}

function checkDisk({ freeBytes, neededBytes }: BeforeFacts["disk"]): BeforeCheck {
  const message = `${toSize(freeBytes)} free, about ${toSize(neededBytes)} needed`;
  if (freeBytes >= neededBytes * 2) return passed("disk", message);
  const status = freeBytes < neededBytes ? "failed" : "warning";
  return {
    name: "disk",
    status,
    message,
    recommendation:
      "Free some space where OSQR_HOME is, point OSQR_HOME to a larger disk, or lower maxParallel in the config.",
  };
}

function checkApprovals(approvals: BeforeFacts["approvals"]): BeforeCheck {
  const open = approvals.filter((approval) => !approval.approved);
  if (open.length === 0) return passed("approvals", `${approvals.length} approved`);
  const shown = open
    .slice(0, 3)
    .map((approval) => approval.subject)
    .join("; ");
  return {
    name: "approvals",
    status: "failed",
    message: `${open.length} not approved yet: ${open.length > 3 ? `${shown}; …` : shown}`,
    recommendation: "Read them with osqr plan --commands, then start with osqr go --yes.",
  };
}

function passed(name: BeforeCheck["name"], message: string): BeforeCheck {
  return { name, status: "passed", message, recommendation: null };
}

function toSize(bytes: number): string {
  const gib = bytes / 1024 ** 3;
  return gib >= 1 ? `${gib.toFixed(1)} GiB` : `${Math.round(bytes / 1024 ** 2)} MiB`;
}

/** Words of a shell that are no programs. */
const shellWords =
  /^(?:cd|export|set|exec|time|if|for|while|test|true|false|echo|!|\(|\{|source|\.|command|eval|\[\[?)$/;

/**
 * The program that a gate starts first, null where its command does not begin with a plain word. Only the first: what
 * comes later in a shell line may well depend on it.
 */
export function programOf(gate: Pick<GateDefinition, "command">): string | null {
  const words = gate.command.trim().split(/\s+/);
  const first = words.find((word) => !/^[A-Za-z_]\w*=/.test(word));
  if (first === undefined || shellWords.test(first) || !/^[\w.+-]+$/.test(first)) return null;
  return first;
}
