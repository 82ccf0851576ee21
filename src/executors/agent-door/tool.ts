import { z } from "zod";
import { explainArguments } from "./explain-arguments.ts";

/** The name that agents know the tools' server by: a call is `osqr/ask_operator`. */
export const SERVER_NAME = "osqr";

/** What a tool says to the agent. */
export interface ToolReply {
  readonly text: string;
  readonly isError: boolean;
}

/** A tool for agents, whatever way it is offered to them: by MCP, or by an agent loop in this process. */
export interface AgentTool {
  readonly name: string;
  readonly title: string;
  /** What it is for and when to use it. */
  readonly description: string;
  /** JSON Schema of its arguments. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** It changes nothing. */
  readonly isReadOnly: boolean;
  /** Never rejects: whatever is wrong is said in the reply. `signal` aborted: the caller has gone. */
  call(args: unknown, signal: AbortSignal): Promise<ToolReply>;
}

/** What is said of a tool to whoever may call it. */
export interface ToolText<Schema extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly schema: Schema;
  /** Arguments that work. */
  readonly example: z.input<Schema>;
  readonly isReadOnly?: boolean;
}

/** Says what is said, with the types of its arguments. */
export const toolText = <Schema extends z.ZodObject>(text: ToolText<Schema>): ToolText<Schema> => text;

/** Depth to which a `null` is read as an argument that is left out, as some models write it. */
const NULLS_DEPTH = 3;

/** A tool that does this with arguments that fit. */
export function bindTool<Schema extends z.ZodObject>(
  { name, title, description, schema, example, isReadOnly = false }: ToolText<Schema>,
  run: (args: z.output<Schema>, signal: AbortSignal) => Promise<ToolReply>,
): AgentTool {
  return {
    name,
    title,
    description,
    inputSchema: toInputSchema(schema),
    isReadOnly,
    async call(args, signal) {
      const parsed = schema.safeParse(dropNulls(args ?? {}, NULLS_DEPTH), { reportInput: true });
      if (parsed.success) return run(parsed.data, signal);
      const known = { names: Object.keys(schema.shape), example };
      return toError(explainArguments(name, parsed.error.issues, known));
    },
  };
}

const inputSchemas = new WeakMap<z.ZodObject, AgentTool["inputSchema"]>();

/** Made once: every attempt has the same. */
function toInputSchema(schema: z.ZodObject): AgentTool["inputSchema"] {
  const known = inputSchemas.get(schema);
  if (known !== undefined) return known;
  const { $schema: _, ...inputSchema } = z.toJSONSchema(schema, { io: "input" });
  inputSchemas.set(schema, inputSchema);
  return inputSchema;
}

export const toText = (text: string): ToolReply => ({ text, isError: false });
export const toError = (text: string): ToolReply => ({ text, isError: true });

function dropNulls(value: unknown, depth: number): unknown {
  if (depth === 0 || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => dropNulls(entry, depth - 1));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]) =>
      entry === null ? [] : [[key, dropNulls(entry, depth - 1)]],
    ),
  );
}
