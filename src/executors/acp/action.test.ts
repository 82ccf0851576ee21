import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toAction } from "./action.ts";
import type { JsonObject } from "./json.ts";

const TREE = "/work/tree";

function read(call: JsonObject, more: { meta?: unknown; [name: string]: unknown } = {}) {
  const { meta, ...options } = more;
  return toAction({ call, meta }, TREE, options);
}

describe("what an agent asks to be allowed", () => {
  it("is a command where one is to be run, whatever the agent calls it", () => {
    const command = { rawInput: { command: "rm -rf build" }, title: "Look around" };
    for (const kind of ["execute", "read", "other", undefined]) {
      expect(read({ ...command, kind })).toMatchObject({ kind: "execute", command: "rm -rf build" });
    }
    expect(read({ kind: "execute", rawInput: { command: ["git", "push"] } }).command).toBe("git push");
    expect(read({ kind: "execute", title: "ls" })).toMatchObject({ kind: "execute", command: null });
  });

  it("is the title where the agent has only that, without what older ones add to it", () => {
    const quirks = { commandInTitle: true };
    expect(read({ kind: "execute", title: "npm test" }, quirks).command).toBe("npm test");
    const long = "npm test [current working directory /work/tree] (Runs the tests)";
    expect(read({ kind: "execute", title: long }, quirks).command).toBe("npm test");
    const marker = " [current working directory /x] (safe)";
    const sly = `true${marker} && rm -rf ~`;
    expect(read({ kind: "execute", title: `${sly}${marker}` }, quirks).command).toBe(sly);
    expect(read({ kind: "edit", title: "npm test" }, quirks).kind).toBe("edit");
  });

  it("is a tool of a server where the agent's own data names it, in the words of Qwen Code", () => {
    const call = { kind: "other", title: '{"text":"half"}', rawInput: { text: "half" } };
    const named = { ...call, _meta: { toolName: "mcp__osqr__report_progress" } };
    expect(read(named)).toMatchObject({ kind: "tool", tool: "osqr/report_progress" });
    expect(read({ ...call, title: "mcp__osqr__report_progress" })).toMatchObject({
      kind: "other",
      tool: null,
    });
    const shell = { kind: "execute", rawInput: { command: "ls" }, _meta: { toolName: "run_shell_command" } };
    expect(read(shell)).toMatchObject({ kind: "execute", command: "ls", tool: null });
  });

  it("names files relative to the tree where they lie in it, else absolute", () => {
    const paths = [
      "/work/tree/src/a.ts",
      "src/b.ts",
      "../out.txt",
      "/etc/passwd",
      "/work/tree/../tree2/x",
      "/work/tree",
    ];
    const locations = paths.map((path) => ({ path }));
    expect(read({ kind: "edit", locations }).paths).toEqual([
      "src/a.ts",
      "src/b.ts",
      "/work/out.txt",
      "/etc/passwd",
      "/work/tree2/x",
      ".",
    ]);
  });

  it("takes paths from wherever they are told: none hides behind another", () => {
    const call = {
      kind: "edit",
      locations: [{ path: "a" }],
      content: [{ type: "diff", path: "b", oldText: "x", newText: "y" }],
      rawInput: { file_path: "c", changes: { d: {} } },
    };
    expect(read(call).paths.toSorted()).toEqual(["a", "b", "c", "d"]);
    expect(read({ kind: "move", rawInput: { source: "a", destination: "/b" } })).toMatchObject({
      kind: "move",
      paths: ["a", "/b"],
    });
  });

  it("is unknown where it names more files than are told, or a read that names none", () => {
    const locations = Array.from({ length: 51 }, (_, n) => ({ path: `f${n}` }));
    expect(read({ kind: "edit", locations })).toMatchObject({ kind: "other" });
    expect(read({ kind: "read" }).kind).toBe("other");
    expect(read({ kind: "switch_mode", title: "Leave plan mode" }).kind).toBe("other");
    expect(read({}).kind).toBe("other");
  });

  it("makes files, or changes them, with what is told of their content", () => {
    const diff = (oldText: string | null) => [{ type: "diff", path: "a", oldText, newText: "new" }];
    expect(read({ kind: "edit", content: diff(null) })).toMatchObject({ kind: "create", content: "new" });
    expect(read({ kind: "edit", content: diff("") })).toMatchObject({ kind: "create", content: "new" });
    expect(read({ kind: "edit", content: diff("old") })).toMatchObject({ kind: "edit", content: "new" });
    expect(read({ kind: "edit", rawInput: { file_path: "a", content: "text" } }).content).toBe("text");
    expect(read({ kind: "read", content: diff("old") }).kind).toBe("edit");
    const long = read({ kind: "edit", rawInput: { content: "ä".repeat(100_000) } }).content ?? "";
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(64 * 1024 + 3);
  });

  it("fetches from a host", () => {
    expect(read({ kind: "fetch", rawInput: { url: "https://example.com:8443/x?y" } })).toMatchObject({
      kind: "fetch",
      host: "example.com",
      paths: [],
    });
    expect(read({ kind: "fetch", title: "https://example.com" })).toMatchObject({
      kind: "fetch",
      host: null,
    });
  });

  it("is a tool of a server where the agent's own data says so, never by its text or by what the model fills in", () => {
    const named = { title: "x", _meta: { claudeCode: { toolName: "mcp__osqr__ask_operator" } } };
    expect(read(named)).toMatchObject({ kind: "tool", tool: "osqr/ask_operator" });
    const rawInput = { server: "osqr", tool: "report_progress" };
    expect(read({ kind: "execute", rawInput }, { meta: { is_mcp_tool_approval: true } }).tool).toBe(
      "osqr/report_progress",
    );
    expect(read({ kind: "execute", rawInput: { ...rawInput, command: "rm -rf /" } })).toMatchObject({
      kind: "execute",
      command: "rm -rf /",
      tool: null,
    });
    const id = { toolCallId: "mcp_osqr_hand_off-1790000000000-3", kind: "other", title: "x" };
    expect(read(id, { toolInCallId: true, servers: ["osqr"] }).tool).toBe("osqr/hand_off");
    expect(read(id, { toolInCallId: true, servers: ["other"] }).tool).toBeNull();
    expect(read(id, { servers: ["osqr"] }).tool).toBeNull();
    expect(read({ title: "osqr/ask_operator", kind: "other" }).kind).toBe("other");
  });

  it("is something bounded for whatever comes", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (call, meta) => {
        const fields = typeof call === "object" && call !== null ? (call as JsonObject) : { rawInput: call };
        const action = read(fields, { meta, commandInTitle: true, toolInCallId: true, servers: ["osqr"] });
        expect(action.paths.length).toBeLessThanOrEqual(50);
        expect(action.title.length).toBeLessThanOrEqual(200);
        expect(JSON.parse(JSON.stringify(action))).toEqual(action);
      }),
    );
  });
});
