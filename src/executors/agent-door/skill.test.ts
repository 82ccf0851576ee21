import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CONTEXT_SECTIONS } from "./handlers.ts";
import { renderSkill, SKILL_TEXT } from "./skill.ts";
import { RecordingHandlers } from "./testing.ts";
import { createAgentTools } from "./tools.ts";

const FILE = new URL("../../../skills/osqr/SKILL.md", import.meta.url);

it("the skill in the build is the one in the repository", () => {
  expect(SKILL_TEXT).toBe(readFileSync(FILE, "utf8"));
});

it("in a prompt it stands without its frontmatter", () => {
  expect(SKILL_TEXT.startsWith("---\nname: osqr\ndescription: ")).toBe(true);
  expect(renderSkill().startsWith("# Working under osqr\n")).toBe(true);
  expect(SKILL_TEXT.endsWith(renderSkill())).toBe(true);
});

it("names every tool, and nothing that is none", () => {
  const tools = createAgentTools({ handlers: new RecordingHandlers() }).list.map(({ name }) => name);
  const named = new Set(SKILL_TEXT.match(/\b[a-z]+_[a-z_]+\b/g));
  expect([...named].sort()).toEqual([...tools, "after_minutes", "nothing_to_do"].sort());
  const sections = [...SKILL_TEXT.matchAll(/section `(\w+)`/g)].map(([, section]) => section);
  for (const section of sections) expect(CONTEXT_SECTIONS).toContain(section);
});
