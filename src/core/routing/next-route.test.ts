import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RouteFailure, TaskRoute, TriedRoute } from "../model/route.ts";
import { formatChoice, isSameChoice, parseChoice } from "./choice.ts";
import { nextRoute } from "./next-route.ts";

const read = (text: string) => parseChoice(text) ?? { executor: text, model: null };

function next(
  present: string,
  fallbacks: readonly string[],
  kind: RouteFailure,
  tried: readonly (readonly [string, RouteFailure])[] = [],
): string | null {
  const route: TaskRoute = {
    type: "testing",
    reasons: [],
    fallbacks: fallbacks.map(read),
    said: null,
    tried: tried.map(([text, failure]): TriedRoute => ({ ...read(text), kind: failure })),
  };
  const { executor, model } = read(present);
  const found = nextRoute({ executor, model, route }, { executor, model, kind });
  return found === null ? null : formatChoice(found);
}

describe("nextRoute", () => {
  it("takes the first that was not tried", () => {
    expect(next("claude", ["codex", "gemini"], "crashed")).toBe("codex");
    expect(next("codex", ["gemini", "claude"], "crashed", [["claude", "crashed"]])).toBe("gemini");
    expect(
      next("gemini", ["codex", "claude"], "stuck", [
        ["claude", "stuck"],
        ["codex", "timeout"],
      ]),
    ).toBeNull();
  });

  it("takes another model of the same executor only where the executor is not what failed", () => {
    const both = ["claude:sonnet", "codex"];
    expect(next("claude:opus", both, "validation")).toBe("claude:sonnet");
    expect(next("claude:opus", both, "refusal")).toBe("claude:sonnet");
    for (const kind of ["rate_limit", "login", "missing", "crashed", "protocol", "mcp_lost"] as const)
      expect(next("claude:opus", both, kind)).toBe("codex");
  });

  it("remembers of an earlier one whether it was the executor that failed", () => {
    expect(next("codex", ["claude:sonnet", "gemini"], "timeout", [["claude:opus", "rate_limit"]])).toBe(
      "gemini",
    );
    expect(next("codex", ["claude:sonnet", "gemini"], "timeout", [["claude:opus", "timeout"]])).toBe(
      "claude:sonnet",
    );
  });

  it("hands nothing over where money or a person's no is the reason, or nothing is known", () => {
    expect(next("claude", ["codex"], "budget")).toBeNull();
    expect(next("claude", ["codex"], "permission")).toBeNull();
    expect(nextRoute({ executor: "claude" }, { ...read("claude"), kind: "crashed" })).toBeNull();
  });

  it("takes the task's own route first where another one was taken to save", () => {
    const route: TaskRoute = { type: "testing", reasons: [], fallbacks: [read("codex")], said: null };
    const task = { ...read("claude:opus"), route };
    expect(nextRoute(task, { ...read("small"), kind: "crashed" })).toEqual(read("claude:opus"));
    expect(nextRoute(task, { ...read("claude:haiku"), kind: "refusal" })).toEqual(read("claude:opus"));
    // The same executor would fail the same way.
    expect(nextRoute(task, { ...read("claude:haiku"), kind: "login" })).toEqual(read("codex"));
    const tried: TriedRoute[] = [{ ...read("claude:opus"), kind: "timeout" }];
    expect(nextRoute({ ...task, route: { ...route, tried } }, { ...read("small"), kind: "down" })).toEqual(
      read("codex"),
    );
  });

  it("comes to an end, and tries nobody twice", () => {
    const texts = fc.uniqueArray(fc.constantFrom("a", "a:x", "a:y", "b", "b:x", "c", "d"), { minLength: 1 });
    const kinds = fc.array(fc.constantFrom<RouteFailure>("crashed", "timeout", "rate_limit", "other"), {
      minLength: 8,
      maxLength: 8,
    });
    fc.assert(
      fc.property(texts, kinds, ([first = "a", ...rest], failures) => {
        let present = read(first);
        let route: TaskRoute = { type: "testing", reasons: [], fallbacks: rest.map(read), said: null };
        const seen = [present];
        for (const kind of failures) {
          const found = nextRoute({ ...present, route }, { ...present, kind });
          if (found === null) return;
          expect(seen.some((each) => isSameChoice(each, found))).toBe(false);
          seen.push(found);
          route = { ...route, tried: [...(route.tried ?? []), { ...present, kind }] };
          present = found;
        }
        expect(seen.length).toBeLessThanOrEqual(rest.length + 1);
      }),
    );
  });
});
