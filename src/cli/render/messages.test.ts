import { expect, test } from "vitest";
import type { MessageView } from "../../core/report/messages.ts";
import { PLAIN_STYLE } from "../text/style.ts";
import { renderMessages } from "./messages.ts";

const at = "2026-01-05T11:00:00.000Z";
const message: MessageView = {
  ...{
    number: 1,
    from: "api#T1",
    type: "handoff",
    subject: "api#T1 is done: shape it",
    handoff: "api/t1/a-1",
  },
  ...{ at, told: { attempt: "a-2", turn: 2, how: "prompt", at } },
};

test("messages say from whom they are, what they tell, and whether they were told", () => {
  const ended = {
    ...message,
    number: 3,
    from: "db",
    type: "ended",
    subject: "nothing more comes",
    told: null,
  } as const;
  const first = { ...message, number: 2, told: { attempt: "a-4", turn: 1, how: "start", at } } as const;
  const page = { width: 100, style: PLAIN_STYLE };
  expect(renderMessages([message, first, ended], page)).toMatchInlineSnapshot(`
    [
      "  messages",
      "    1  handoff from api#T1 · told a-2 with turn 2: api#T1 is done: shape it",
      "    2  handoff from api#T1 · told a-4 at its start: api#T1 is done: shape it",
      "    3  ended from db · not told yet: nothing more comes",
    ]
  `);
  expect(renderMessages([], page)).toEqual([]);
});
