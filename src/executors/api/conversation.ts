/**
 * What was said so far, as the AI SDK keeps it. A file per conversation, written after each step, so that another process can go on with
 * it: only whole steps are in it, each call of a tool with its result.
 */
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ModelMessage, modelMessageSchema } from "ai";
import { z } from "zod";

/** Bytes of a conversation's file. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;
/** Characters of one result of a tool: what the tools give is below, what the SDK says of wrong arguments repeats them. */
const RESULT_CHARS_MAX = 64 * 1024;
const ERROR_CHARS_MAX = 4 * 1024;
/** Above `charsMax` a conversation is cut to this part of it: not a little at each step, as servers cache what stays as it was. */
const KEPT_PART = 0.6;
/** The last messages are never cut. */
const RECENT_MESSAGES = 6;

const LEFT_OUT = "[left out: the conversation became too long; call the tool again where it is needed]";

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const stored = z.object({ version: z.literal(1), messages: z.array(modelMessageSchema) });

/** Null: there is none, or it cannot be read. */
export async function loadConversation(folder: string, id: string): Promise<ModelMessage[] | null> {
  if (!ID.test(id)) return null;
  try {
    const path = toPath(folder, id);
    if ((await stat(path)).size > FILE_BYTES_MAX) return null;
    return stored.parse(JSON.parse(await readFile(path, "utf8"))).messages;
  } catch {
    return null; // Whoever takes it up begins anew, and says so.
  }
}

/** Keeps the last one that is whole, whenever the daemon ends. */
export async function saveConversation(
  folder: string,
  id: string,
  messages: readonly ModelMessage[],
): Promise<void> {
  const text = JSON.stringify({ version: 1, messages });
  if (Buffer.byteLength(text) > FILE_BYTES_MAX) return; // It can be taken up where it was before.
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = toPath(folder, id);
  const draft = `${path}.${randomBytes(4).toString("hex")}`;
  try {
    await writeDraft(draft, text);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDraft(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function toPath(folder: string, id: string): string {
  return join(folder, `${id}.json`);
}

/** Some models take no two prompts in a row: one that has no answer yet becomes longer. */
export function addPrompt(messages: readonly ModelMessage[], text: string): ModelMessage[] {
  const last = messages.at(-1);
  if (last?.role !== "user" || typeof last.content !== "string")
    return [...messages, { role: "user", content: text }];
  return [...messages.slice(0, -1), { role: "user", content: `${last.content}\n\n${text}` }];
}

/** Cuts what is too long: single results, and, where the whole is, the older results of tools. Calls and what was said stay. */
export function boundMessages(messages: readonly ModelMessage[], charsMax: number): ModelMessage[] {
  const bounded = messages.map((message) => mapResults(message, cutResult));
  let excess = countChars(bounded) - charsMax;
  if (excess <= 0) return bounded;
  excess += charsMax * (1 - KEPT_PART);
  return bounded.map((message, index) => {
    if (excess <= 0 || index >= bounded.length - RECENT_MESSAGES) return message;
    const shorter = mapResults(message, ({ type }) => ({ type, value: LEFT_OUT }));
    excess -= countChars([message]) - countChars([shorter]);
    return shorter;
  });
}

/** Gives each call of a tool a result: one without is refused by servers. Such are left where an answer was cut at its length. */
export function closeCalls(messages: readonly ModelMessage[]): ModelMessage[] {
  const done = new Set(
    messages.flatMap((message) => listParts(message, "tool-result").map(({ toolCallId }) => toolCallId)),
  );
  return messages.flatMap((message): ModelMessage[] => {
    const open = listParts(message, "tool-call").filter(({ toolCallId }) => !done.has(toolCallId));
    if (open.length === 0) return [message];
    const output = {
      type: "error-text",
      value: "not done: the answer was cut before it was complete",
    } as const;
    const content = open.map(
      ({ toolCallId, toolName }) => ({ type: "tool-result", toolCallId, toolName, output }) as const,
    );
    return [message, { role: "tool", content }];
  });
}

interface CallPart {
  readonly toolCallId: string;
  readonly toolName: string;
}

function listParts({ content }: ModelMessage, type: "tool-call" | "tool-result"): CallPart[] {
  return typeof content === "string"
    ? []
    : content.flatMap((part) => (part.type === type ? [part as CallPart] : []));
}

interface TextOutput {
  readonly type: "text" | "error-text";
  readonly value: string;
}

function mapResults(message: ModelMessage, change: (output: TextOutput) => TextOutput): ModelMessage {
  if (message.role !== "tool") return message;
  const content = message.content.map((part) => {
    if (part.type !== "tool-result") return part;
    const { output } = part;
    return output.type === "text" || output.type === "error-text"
      ? { ...part, output: change(output) }
      : part;
  });
  return { ...message, content };
}

function cutResult({ type, value }: TextOutput): TextOutput {
  const charsMax = type === "text" ? RESULT_CHARS_MAX : ERROR_CHARS_MAX;
  return {
    type,
    value: value.length <= charsMax ? value : `${value.slice(0, charsMax)}\n[cut]`.toWellFormed(),
  };
}

function countChars(messages: readonly ModelMessage[]): number {
  return messages.reduce((sum, message) => sum + JSON.stringify(message).length, 0);
}
