/** Classes of errors, and what the guide says of one. */

/** Classes of errors, in the order of the document. */
export const ERROR_CLASSES = [
  {
    key: "policy",
    title: "Policy conflicts",
    about:
      "Somebody may not do it, or a rule of the project stands against it. Nothing has changed. A config that asks for more than it may is no error: the wish is left out and the plan says so.",
  },
  {
    key: "data",
    title: "Missing or unknown data",
    about:
      "A name, a reason or an owner is missing, or means nothing. Nothing has changed; say it again with what is missing.",
  },
  {
    key: "state",
    title: "Invalid states",
    about:
      "It does not fit where the work stands: it is over, under way, or has moved on. Nothing has changed. `osqr why <name>` says where it stands. What goes wrong *while* work runs is no error of a command but a question in the inbox: an attempt that failed, criteria that do not hold, a merge that stopped, a spec that changed.",
  },
  {
    key: "artifact",
    title: "Artifacts: handoffs, specs, files, the history",
    about:
      "Something cannot be read or written. A handoff that cannot be read blocks the tasks that start from it, with the sentence that says so; `osqr handoff repair` makes it again from the history. A handoff that cannot be committed ends its attempt as failed: its work is kept, and the question offers a retry.",
  },
  {
    key: "repository",
    title: "The repository and git",
    about: "What osqr finds in the repository is not what it can work with.",
  },
  {
    key: "machine",
    title: "The machine and the home",
    about: "The disk, the home, the daemon, the sandbox.",
  },
  { key: "request", title: "Requests", about: "Of the command line and the API." },
] as const;

export interface ErrorEntry {
  readonly code: string;
  readonly class: (typeof ERROR_CLASSES)[number]["key"];
  /** When it comes. */
  readonly when: string;
  /** What the user can do. */
  readonly recovery: string;
}

/** One line of the guide: when it comes, what to do. */
export const row = (
  kind: ErrorEntry["class"],
  code: string,
  [when, recovery]: readonly [string, string],
): ErrorEntry => ({ code, class: kind, when, recovery });
