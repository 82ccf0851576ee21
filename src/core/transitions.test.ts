import { describe, expect, it } from "vitest";
import { CoreDriver } from "../../test/support/core-driver.ts";
import { evolve } from "./evolve/evolve.ts";
import type { Command } from "./model/command.ts";
import type { AttemptState, TaskState } from "./model/work.ts";
import {
  ATTEMPT_TRANSITIONS,
  checkAttemptTransition,
  checkTaskTransition,
  IllegalTransitionError,
  TASK_TRANSITIONS,
} from "./transitions.ts";

function illegalPairs<Kind extends string>(table: Readonly<Record<Kind, readonly Kind[]>>): [Kind, Kind][] {
  const kinds = Object.keys(table) as Kind[];
  return kinds.flatMap((from) =>
    kinds.filter((to) => !table[from].includes(to)).map((to): [Kind, Kind] => [from, to]),
  );
}

describe("the tables", () => {
  it.each(illegalPairs<TaskState["kind"]>(TASK_TRANSITIONS))("a task: %s does not become %s", (from, to) => {
    expect(() => checkTaskTransition("a#T1", from, to, "some_event")).toThrow(
      `task a#T1 is ${from}; some_event would make it ${to}, which is not allowed`,
    );
  });

  it.each(illegalPairs<AttemptState["kind"]>(ATTEMPT_TRANSITIONS))(
    "an attempt: %s does not become %s",
    (from, to) => {
      expect(() => checkAttemptTransition("a-1", from, to, "some_event")).toThrow(
        `attempt a-1 is ${from}; some_event would make it ${to}, which is not allowed`,
      );
    },
  );

  it("lets nothing leave a terminal attempt but a result that is given back", () => {
    const leaving = Object.entries(ATTEMPT_TRANSITIONS).filter(([, to]) => to.length > 0);
    expect(leaving.map(([from]) => from)).toEqual(["claimed", "running", "waiting", "completed"]);
  });
});

/** A driver whose task a#T has an attempt in the given state. */
const ATTEMPTS: Readonly<Record<string, () => CoreDriver>> = {
  claimed: () => launched(),
  running: () => started(),
  waiting: () => {
    const core = started();
    core.send({ kind: "attempt_asked", ...core.claim("a#T"), question: asked });
    return core;
  },
  completed: () => {
    const core = started();
    core.succeed("a#T");
    return core;
  },
  joined: () => {
    const core = started();
    core.succeed("a#T");
    core.join("a#T");
    return core;
  },
  failed: () => {
    const core = started();
    core.end("a#T", "failed");
    return core;
  },
  lost: () => {
    const core = started();
    core.end("a#T", "lost");
    return core;
  },
};

const asked = {
  contentKey: "K",
  type: "implementation",
  priority: "high",
  subject: { kind: "question", key: "K" },
  question: "K?",
  context: "",
  location: null,
  options: [{ id: "a", label: "a", description: "", implications: [], recommended: true }],
  blocksProgress: true,
  deadline: null,
  defaultOption: null,
  autoResolveMinutes: null,
} as const;

function launched(): CoreDriver {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: ["T", "U"] }]);
  core.schedule();
  return core;
}

function started(): CoreDriver {
  const core = launched();
  core.start("a#T");
  return core;
}

const RESULTS: Readonly<Record<string, (claim: ReturnType<CoreDriver["claim"]>) => Command>> = {
  started: (claim) => ({ kind: "attempt_started", ...claim, sandbox: "process" }),
  asked: (claim) => ({ kind: "attempt_asked", ...claim, question: asked }),
  answered: (claim) => ({ kind: "attempt_answered", ...claim }),
  progressed: (claim) => ({ kind: "attempt_progressed", ...claim, text: "x" }),
  succeeded: (claim) => {
    const rest = { commit: "c", files: [], added: 0, deleted: 0, workMs: 1, warnings: [] };
    return { kind: "attempt_succeeded", ...claim, ...rest };
  },
  failed: (claim) => {
    const rest = { outcome: "failed", reason: "x", tail: [], workMs: 1, salvage: null } as const;
    return { kind: "attempt_failed", ...claim, ...rest };
  },
  joined: (claim) => ({ kind: "task_joined", ...claim, tip: "c", handoff: null, artifacts: [] }),
  conflicted: (claim) => ({ kind: "join_conflicted", ...claim, paths: ["x"], cause: "conflict" }),
  broken: (claim) => ({ kind: "join_failed", ...claim, reason: "x", workMs: 1 }),
};

describe("results of attempts", () => {
  it("are taken only in the states that they belong to", () => {
    const table = Object.entries(ATTEMPTS).map(([state, make]) => {
      const taken = Object.entries(RESULTS).filter(([, toCommand]) => {
        const core = make();
        const command = toCommand(core.claim("a#T"));
        try {
          core.send(command);
          return true;
        } catch {
          expect(core.refused(command).code).toBe("stale-claim");
          return false;
        }
      });
      return `${state.padEnd(9)} takes ${taken.map(([name]) => name).join(" ") || "nothing"}`;
    });
    expect(table).toMatchInlineSnapshot(`
      [
        "claimed   takes started failed",
        "running   takes asked answered progressed succeeded failed",
        "waiting   takes asked answered progressed succeeded failed",
        "completed takes joined conflicted broken",
        "joined    takes nothing",
        "failed    takes nothing",
        "lost      takes nothing",
      ]
    `);
  });

  it("with another fence are refused in every state, and the refusal names both", () => {
    for (const make of Object.values(ATTEMPTS)) {
      for (const toCommand of Object.values(RESULTS)) {
        const core = make();
        const { attempt, fence } = core.claim("a#T");
        const { code, message } = core.refused(toCommand({ attempt, fence: fence + 1 }));
        expect(code).toBe("stale-claim");
        expect(message).toBe(`attempt ${attempt} holds fence ${fence}, the result brings ${fence + 1}`);
      }
    }
  });
});

describe("an event that the state machines do not know", () => {
  it("is not applied: a second completion, a second claim", () => {
    const core = ATTEMPTS.joined!();
    const at = { seq: core.state.seq + 1, at: core.now };
    const again = core.history.find(({ kind }) => kind === "task_completed")!;
    expect(() => evolve(core.state, { ...again, ...at })).toThrow(IllegalTransitionError);
    const busy = ATTEMPTS.running!();
    const claim = busy.history.find((event) => event.kind === "attempts_claimed")!;
    const launches = claim.launches.map((each) => ({ ...each, attempt: "a-2" as never, fence: 2 }));
    const next = { ...claim, launches, seq: busy.state.seq + 1 };
    expect(() => evolve(busy.state, next)).toThrow(
      "task a#T is running; attempts_claimed would make it running, which is not allowed",
    );
  });
});
