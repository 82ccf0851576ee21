import { expect, test } from "vitest";
import type { Message } from "../model/message.ts";
import { fitWords, takeFitting } from "./pending.ts";

const messages: readonly Message[] = Array.from({ length: 10 }, (_, at) => ({
  ...{ from: "a#T1" as never, to: "b#T" as never, number: at + 1, type: "handoff" },
  payload: { subject: `${at}`, text: "x".repeat(4_000), path: null },
}));

test("between two turns as many are told as fit, one at least, in order", () => {
  expect(takeFitting(messages).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
  const [first] = messages as [Message];
  const large = { ...first, payload: { ...first.payload, text: "x".repeat(50_000) } };
  expect(takeFitting([large, first])).toEqual([large]);
  expect(takeFitting([])).toEqual([]);
});

test("at a start all are told; where there is no room for all words the newest keep them", () => {
  const fitted = fitWords(messages);
  expect(fitted.map(({ number }) => number)).toEqual(messages.map(({ number }) => number));
  expect(fitted.map(({ payload }) => payload.text.length > 0)).toEqual(
    messages.map(({ number }) => number > 4),
  );
});
