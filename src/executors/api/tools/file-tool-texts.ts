/** What a model is told of the tools with which it works in its tree. */
import { z } from "zod";
import { toolText } from "../../agent-door/tool.ts";

const COMMAND_SECONDS = 120;
const COMMAND_SECONDS_MAX = 600;
const READ_LINES = 1_000;

const path = z.string().min(1).max(4_096).describe("Path in the work tree");
const text = (charsMax: number) =>
  z
    .string()
    .max(charsMax)
    .overwrite((value) => value.toWellFormed());

export const READ_FILE = toolText({
  name: "read_file",
  title: "Read a file",
  description: "Reads a text file, or lines of it.",
  schema: z.object({
    path,
    offset: z.number().int().min(1).max(10_000_000).default(1).describe("First line, from 1"),
    limit: z.number().int().min(1).max(5_000).default(READ_LINES).describe("Number of lines"),
  }),
  example: { path: "src/main.ts" },
  isReadOnly: true,
});

export const LIST_FILES = toolText({
  name: "list_files",
  title: "List files",
  description: "Lists files by a pattern, without .git and node_modules.",
  schema: z.object({
    pattern: z.string().min(1).max(1_000).default("**").describe("Such as *.ts or src/**/*.{ts,tsx}"),
    path: path.default("."),
  }),
  example: { pattern: "src/**/*.ts" },
  isReadOnly: true,
});

export const SEARCH = toolText({
  name: "search",
  title: "Search in files",
  description: "Finds lines in files by a regular expression, without .git and node_modules.",
  schema: z.object({
    pattern: z.string().min(1).max(1_000).describe("Regular expression, for one line"),
    path: path.default("."),
    glob: z.string().min(1).max(1_000).optional().describe("Only in files such as *.ts"),
    ignore_case: z.boolean().default(false),
  }),
  example: { pattern: "function parse\\w+", glob: "*.ts" },
  isReadOnly: true,
});

export const WRITE_FILE = toolText({
  name: "write_file",
  title: "Write a file",
  description: "Makes a file, or replaces its whole text. For a small change use edit_file.",
  schema: z.object({ path, content: text(1_000_000).describe("The whole new text") }),
  example: { path: "src/greet.ts", content: "export const greeting = 'hello';\n" },
});

export const EDIT_FILE = toolText({
  name: "edit_file",
  title: "Edit a file",
  description: "Replaces a text in a file by another. Read the file first and copy the old text exactly.",
  schema: z.object({
    path,
    old_string: text(200_000).min(1).describe("Text in the file, exactly as it stands there"),
    new_string: text(200_000).describe("What stands there instead"),
    replace_all: z.boolean().default(false).describe("Replace it everywhere. Else it must be there once"),
  }),
  example: { path: "src/greet.ts", old_string: "'hello'", new_string: "'good morning'" },
});

export const RUN_COMMAND = toolText({
  name: "run_command",
  title: "Run a command",
  description:
    "Runs a command with bash in the work tree and gives back what it printed, cut in the middle where it is long, and its exit code. What it leaves in the background is ended with it.",
  schema: z.object({
    command: text(50_000).min(1).describe("For bash"),
    timeout_seconds: z.number().min(1).max(COMMAND_SECONDS_MAX).default(COMMAND_SECONDS),
  }),
  example: { command: "npm test" },
});
