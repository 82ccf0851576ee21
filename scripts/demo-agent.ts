/**
 * The part of the demo that an agent does: one spec of the example without its code and without its question, an agent without a model
 * that writes that code and asks that question, and the config that names the agent.
 */
import { join } from "node:path";
import type { OpenQuestion, Spec } from "../src/core/model/spec.ts";
import { discoverSpecs } from "../src/specs/discover.ts";
import { SCRIPTED_AGENT_MOUNTS } from "../test/fixtures/agents/rig.ts";
import type { Script, Step } from "../test/fixtures/agents/script.ts";

/** Path in the example of the spec that the agent does. */
export const AGENT_SPEC = "docs/02-embeddings.md";

const AGENT = join(import.meta.dirname, "../test/fixtures/agents/scripted-agent.ts");
/** More turns than a conversation of the demo has: it is stopped and taken up again a few times at most. */
const TURNS = 8;

/** What a turn of it uses: there is no model. */
const FREE: readonly Step[] = [
  { do: "usage", input: 0, output: 0 },
  { do: "cost", usd: 0 },
];

/**
 * The spec for an agent: no code is in it, and what was an open question is for the agent to ask.
 *
 * @param text the example's spec
 */
export function toAgentSpec(text: string): string {
  const [question] = readSpec(text).questions;
  if (question === undefined) throw new Error(`${AGENT_SPEC}: expected an open question, found none`);
  const choices = question.options.map(({ id, label, description }) => `\`${id}\` ${label} (${description})`);
  return text
    .replaceAll(/\n {2}```sh run\n[\s\S]*?\n {2}```\n/g, "")
    .replace(/\n## Open questions\n[\s\S]*?(?=\n## )/, "")
    .replace(
      "Which one is open, see below.",
      `Ask the operator which one, ${question.key}: ${choices.join(", or ")}.`,
    );
}

/** What the scripted agent does: the code of the spec's run blocks, file by file, and the spec's question where it counts. */
export function writeAgentScript(text: string): Script {
  const { key, tasks, questions } = readSpec(text);
  const [question] = questions;
  const scripts = tasks.map((task) => {
    const code = task.run?.script ?? "";
    const asks = question?.blocks?.includes(task.key) === true;
    const turn = asks ? askFirst(question, code) : build(code, task.title);
    const turns = Array.from({ length: TURNS }, () => [...FREE, ...turn]);
    return [`${key}#${task.key}`, { turns }] as const;
  });
  return { tasks: Object.fromEntries(scripts) };
}

/** The operator's config: the agent does all that has no run block. JSON is YAML too. */
export function writeAgentConfig(scriptPath: string): string {
  const node = [process.execPath, "--experimental-strip-types", "--disable-warning=ExperimentalWarning"];
  const config = {
    executor: "scripted",
    executors: { scripted: { argv: [...node, AGENT, "--script", scriptPath] } },
    sandbox: { mounts: SCRIPTED_AGENT_MOUNTS.map(({ target }) => target) },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

function readSpec(text: string): Spec {
  const bytes = Buffer.from(text);
  const documents = [{ path: AGENT_SPEC, bytes, size: bytes.length }];
  const [spec] = discoverSpecs({ commit: "0".repeat(40), documents }).specs;
  if (spec === undefined) throw new Error(`${AGENT_SPEC}: expected a spec, found none`);
  return spec;
}

/** Edits for the files that the commands write, then the commands that are left. */
function build(code: string, title: string): readonly Step[] {
  const steps: Step[] = [{ do: "say", text: `${title}.\n` }];
  const commands = code.replaceAll(
    /^ *cat > (\S+) <<'EOF'\n([\s\S]*?)^EOF$/gm,
    (_, path: string, content: string) => {
      steps.push({ do: "edit", path, content });
      return "";
    },
  );
  const rest = commands.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("mkdir "));
  const summary = `${title}: its tests pass.`;
  return [
    ...steps,
    ...rest.map((command) => ({ do: "shell", command }) as const),
    { do: "mcp", tool: "hand_off", args: { summary, notes: [] } },
  ];
}

/** Looks whether the question is answered already, as after a stop; else asks it. Then does what the answer says. */
function askFirst(question: OpenQuestion, code: string): readonly Step[] {
  const { key, question: text, options } = question;
  const recommended = options.find((option) => option.recommended)?.id;
  const args = {
    key,
    question: text,
    options: options.map(({ id, label, description }) => ({ id, label, description })),
    ...(recommended === undefined ? {} : { recommended }),
  };
  const cases = (toText: (id: string) => string) =>
    options.map(({ id, label }) => ({
      has: toText(id),
      steps: build(readBranch(code, id), `Write the ${label}`),
    }));
  const ask: readonly Step[] = [
    { do: "say", text: "The spec names no model: that is not for me to decide.\n" },
    { do: "mcp", tool: "ask_operator", args },
    { do: "when", cases: cases((id) => `The answer is ${id}:`), otherwise: [] },
  ];
  return [
    { do: "mcp", tool: "get_context", args: { section: "decisions" } },
    { do: "when", cases: cases((id) => `${key}: ${id} (`), otherwise: ask },
  ];
}

/** The commands of one branch of a `case`, and those after it. */
function readBranch(code: string, id: string): string {
  const branch = new RegExp(`^${id}\\)\\n([\\s\\S]*?)^ *;;$`, "m").exec(code)?.[1];
  if (branch === undefined)
    throw new Error(`${AGENT_SPEC}: expected a branch ${id}) in its code, found none`);
  return `${branch}${/^esac\n([\s\S]*)$/m.exec(code)?.[1] ?? ""}`;
}
