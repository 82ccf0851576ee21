import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPlace, type TestPlace } from "../../sandbox/testing.ts";
import { Waits } from "../attempt-process.ts";
import { EventQueue } from "../event-queue.ts";
import { Permissions } from "./permissions.ts";
import { Voice } from "./voice.ts";

const OPTIONS = [
  { optionId: "yes", kind: "allow_once" },
  { optionId: "no", kind: "reject_once" },
];

describe.skipIf(process.platform !== "linux")("an agent that makes no folders itself", () => {
  let place: TestPlace;
  beforeEach(() => {
    place = createPlace();
  });
  afterEach(() => place.remove());

  /** The answer to the request for a file, and whether its folder is there then. */
  async function ask(isAllowed: boolean, needsFolders: boolean, kind = "edit") {
    const events = new EventQueue();
    const permissions = new Permissions({
      events,
      voice: new Voice(events),
      waits: new Waits(),
      tree: place.tree,
      quirks: {},
      mask: (text) => text,
      servers: [],
      needsFolders,
      findCall: () => null,
      onRefused: () => undefined,
    });
    const toolCall = { toolCallId: "c", kind, locations: [{ path: join(place.tree, "new/deep/a.txt") }] };
    const answer = permissions.ask({ toolCall, options: OPTIONS }, new AbortController().signal);
    permissions.answer("permit-1", isAllowed, "");
    const { outcome } = await answer;
    return [outcome, existsSync(join(place.tree, "new/deep"))];
  }

  const chosen = (optionId: string) => ({ outcome: "selected", optionId });

  it("finds those of a file that it may write", async () => {
    expect(await ask(true, true)).toEqual([chosen("yes"), true]);
  });

  it("finds none where it may not write, only deletes, or makes them itself", async () => {
    expect(await ask(false, true)).toEqual([chosen("no"), false]);
    expect(await ask(true, true, "delete")).toEqual([chosen("yes"), false]);
    expect(await ask(true, false)).toEqual([chosen("yes"), false]);
  });
});
