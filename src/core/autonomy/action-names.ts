/** Names that rules give to actions. The narrow ones are recognised from what an action touches or runs. */
export const ACTION_NAMES = {
  read: "reads a file",
  inspect: "runs a command that only looks: ls, cat, git status",
  create: "makes a file",
  edit: "changes a file",
  delete: "deletes a file",
  move: "moves or renames a file",
  write: "makes, changes, deletes or moves a file",
  execute: "runs a command",
  fetch: "loads something from the network",
  tool: "calls a tool of an MCP server",
  run_tests: "runs the tests",
  commit_code: "commits in its workspace",
  update_tests: "changes tests",
  add_dependency: "adds or changes a dependency",
  refactor_code: "restructures: renames sources, runs a tool that rewrites them",
  modify_spec: "changes a spec",
  change_architecture: "changes what much else is built on",
  decide: "decides something by itself",
} as const;

export type ActionName = keyof typeof ACTION_NAMES;

/** Names of EO-9 for what is called by its kind here. */
const OTHER_NAMES: Readonly<Record<string, ActionName>> = {
  create_file: "create",
  edit_file: "edit",
  delete_file: "delete",
  move_file: "move",
};

/** The action of a name as people write it; null: there is none. */
export function parseActionName(text: string): ActionName | null {
  if (Object.hasOwn(ACTION_NAMES, text)) return text as ActionName;
  return Object.hasOwn(OTHER_NAMES, text) ? (OTHER_NAMES[text] ?? null) : null;
}

/** What leaves everything as it is: goes on in the tier `supervised` too. */
export const PASSIVE: ReadonlySet<ActionName> = new Set(["read", "inspect", "run_tests"]);
