/** A daemon that is killed between what was said and its delivery: it is told all the same, and once (AO-3). */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, test } from "vitest";
import type { Script } from "../fixtures/agents/script.ts";
import { agentConfig, edit, QUESTION } from "../support/agents-repo.ts";
import { tellStory } from "../support/crash-story.ts";

const FILES = {
  "README.md": "A project.\n",
  "docs/api.md": "---\nid: api\nstatus: ready\n---\n# api\n\n## Phase 1: Shape\n\n- [ ] T1 shape it\n",
  "docs/ui.md": "---\nid: ui\nstatus: ready\ndepends_on: news:api#phase-1\n---\n# ui\n\n- [ ] T1 show it\n",
};

/** `ui` is at work before `api` is done, and goes on when a person has answered, after that. */
const SCRIPTS: Readonly<Record<string, Script>> = {
  "api#T1": {
    turns: [
      [
        { do: "shell", command: "until ls ../../*/tree/begun > /dev/null 2>&1; do sleep 0.05; done" },
        edit("api.txt", "v1"),
        { do: "mcp", tool: "hand_off", args: { summary: "the ids are called user_id", notes: [] } },
      ],
    ],
  },
  "ui#T1": {
    turns: [
      [edit("begun", "1"), { do: "mcp", tool: "ask_operator", args: QUESTION }],
      [edit("told.txt", "{prompts}")],
      [edit("told.txt", "{prompts}")],
    ],
  },
};

const POINTS = [
  ["after it is on record", "after", '"kind":"message_sent"'],
  ["before it is on record as told", "before", '"kind":"messages_delivered"'],
  ["after it is on record as told, and before it is", "after", '"kind":"messages_delivered"'],
] as const;

test.each(POINTS)("killed %s", { timeout: 180_000 }, (_, when, matching) =>
  tellStory({ files: FILES }, async (story) => {
    const config = join(story.repo.folder, "config", "osqr", "config.yaml");
    mkdirSync(dirname(config), { recursive: true });
    writeFileSync(config, agentConfig(story.repo.folder, SCRIPTS, { sandbox: ["level: process"] }));
    await story.crash({ crash: { call: "log.append", when, matching, marker: story.at("crashed") } });
    const child = story.start();
    await story.end(child, { code: 0 });
    expect(child.lines, child.describe()).toEqual(["open", "rest completed", "closed"]);
    const told = story.repo.git("show", "main:told.txt");
    expect(told.match(/Message 1, handoff from api#T1:/g)).toHaveLength(1);
    const inbox = [...story.witness.state.tasks.values()].flatMap((task) => task.inbox ?? []);
    expect(inbox).toMatchObject([{ number: 1, type: "handoff", delivered: { how: expect.any(String) } }]);
  }),
);
