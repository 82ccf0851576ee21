import { maskDeep } from "../core/secrets/mask-deep.ts";
import type { AskedQuestion, ExecutorEvent } from "./types.ts";

type Mask = (text: string) => string;

/**
 * An event as whoever records it gets it. By names of conversations, requests and questions somebody is answered, and a request for
 * permission is judged as it is: they stay.
 */
export function maskEvent(event: ExecutorEvent, mask: Mask): ExecutorEvent {
  switch (event.kind) {
    case "started":
    case "permission":
    case "tool_ended":
    case "turn":
      return event;
    case "output":
      return { ...event, line: mask(event.line) };
    case "progress":
      return { ...event, text: mask(event.text) };
    case "tool":
      return { ...event, title: mask(event.title) };
    case "asked":
      return { ...event, question: maskQuestion(event.question, mask) };
    case "network":
      return { ...event, decision: maskDeep(event.decision, mask) };
    case "refused":
      return { ...event, hosts: event.hosts.map((each) => ({ ...each, host: mask(each.host) })) };
    case "session":
      return { ...event, session: { ...event.session, agent: mask(event.session.agent) } };
    case "reported":
      return { ...event, report: maskDeep(event.report, mask) };
    case "used":
      return { ...event, usage: maskDeep(event.usage, mask) };
    case "ended": {
      const { result, failure } = event;
      const told = failure === null ? null : { ...failure, message: mask(failure.message) };
      return { ...event, result: { ...result, tail: result.tail.map(mask) }, failure: told };
    }
  }
}

/** An option whose name holds a secret gets another one: with that it is answered. */
export function maskQuestion(question: AskedQuestion, mask: Mask): AskedQuestion {
  const names = new Map<string, string>();
  const taken = new Set(question.options.map(({ id }) => id));
  for (const [index, { id }] of question.options.entries()) {
    let n = index + 1;
    while (taken.has(`option-${n}`)) n += 1;
    const name = mask(id) === id ? id : `option-${n}`;
    taken.add(name);
    names.set(id, name);
  }
  const { defaultOption } = question;
  return {
    ...maskDeep(question, mask),
    options: question.options.map((option) => ({
      ...maskDeep(option, mask),
      id: names.get(option.id) ?? option.id,
    })),
    defaultOption: defaultOption === null ? null : (names.get(defaultOption) ?? defaultOption),
  };
}
