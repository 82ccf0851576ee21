import { expect, test } from "vitest";
import { blockerView, RESOLVED_BLOCKER } from "../../../test/fixtures/blocker-views.ts";
import { createStyle } from "../text/style.ts";
import { renderBlockers, renderWaiting } from "./blockers.ts";

const PAGE = { width: 100, style: createStyle(false) };
const show = (...args: Parameters<typeof renderBlockers>) => `\n${renderBlockers(...args).join("\n")}\n`;

test("blockers say what waits behind them and what is at risk", () => {
  expect(show({ blockers: [blockerView()], open: 1, resolved: 1 }, PAGE)).toMatchInlineSnapshot(`
    "
    1 declared blocker. 1 resolved. All of them: osqr blocker --all

      B-1  embeddings#T3 · external · kim · open 2 h
           no key for the model (dana)
           2 tasks in 2 workstreams behind it, 10 min of work in a row: embeddings#T3, session-store#T1
           ! session-store is due 2026-01-05: at risk, 2026-01-06 at the earliest
           when it is out of the way: osqr blocker resolve B-1 --because <text>
    "
  `);
});

test("resolved ones say how long they were open and what became of them", () => {
  const blockers = [blockerView({ tasks: [], workstreams: [], due: [] }), RESOLVED_BLOCKER];
  expect(show({ blockers, open: 1, resolved: 1 }, PAGE)).toMatchInlineSnapshot(`
    "
    1 declared blocker. 1 resolved.

      B-1  embeddings#T3 · external · kim · open 2 h
           no key for the model (dana)
           nothing waits for it yet
           when it is out of the way: osqr blocker resolve B-1 --because <text>

      B-2  embeddings · people · kim · was open 1 h 30 min
           no key for the model (dana)
           resolved 2026-01-05: sam has time
    "
  `);
});

test("in the inbox: who has it, since when, and the way out", () => {
  expect(`\n${renderWaiting([blockerView()], PAGE).join("\n")}\n`).toMatchInlineSnapshot(`
    "
    1 declared blocker waits for a person
      B-1  embeddings#T3 · kim has it · open 2 h
           no key for the model
           osqr blocker resolve B-1 --because <text>
    "
  `);
  expect(renderWaiting([], PAGE)).toEqual([]);
});

test("where no blocker is declared that is the answer", () => {
  expect(show({ blockers: [], open: 0, resolved: 0 }, PAGE)).toBe("\nNo blocker is declared.\n");
});
