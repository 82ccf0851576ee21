/** Messages to a task are numbered without a gap, and whoever is to be told is found by the index. */
import type { State } from "../../../src/core/model/state.ts";

export function checkMessages(state: State): string[] {
  const found: string[] = [];
  for (const [id, { inbox = [], news = [] }] of state.tasks) {
    inbox.forEach(({ number, to, delivered }, index) => {
      if (number !== index + 1) found.push(`message ${number} of ${id} stands at ${index + 1}`);
      if (to.slice(0, to.indexOf("#")) !== id.slice(0, id.indexOf("#")))
        found.push(`message ${number} of ${id} is to ${to}`);
      if (delivered !== null && state.attempts.get(delivered.attempt)?.task !== id)
        found.push(`message ${number} of ${id} was told to ${delivered.attempt}, which is of another task`);
    });
    for (const source of news)
      if (!state.news.has(`${source}\n${id}`)) found.push(`${id} is not told of ${source}`);
  }
  return found;
}
