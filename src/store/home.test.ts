import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OsqrError } from "../core/errors.ts";
import { type HomePaths, homePaths, openHome, resolveConfigPath, resolveHome } from "./home.ts";
import { readOrCreateToken, readToken } from "./token.ts";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "osqr-home-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

/** Code, message and hints as a person gets them, without the temporary folder. */
function explain(run: () => unknown): string {
  try {
    return `no error: ${run()}`;
  } catch (error) {
    if (!(error instanceof OsqrError)) throw error;
    const lines = [`${error.code}: ${error.message}`, ...error.hints.map((hint) => `hint: ${hint}`)];
    return lines.join("\n").replaceAll(folder, "<folder>");
  }
}

const modeOf = (file: string) => (fs.statSync(file).mode & 0o777).toString(8);

describe("the home's place", () => {
  it("is $OSQR_HOME, else in $XDG_STATE_HOME, else in ~/.local/state", () => {
    expect(resolveHome({ OSQR_HOME: "/a/b", XDG_STATE_HOME: "/x" }, "/home/u")).toBe("/a/b");
    expect(resolveHome({ OSQR_HOME: "", XDG_STATE_HOME: "/x" }, "/home/u")).toBe("/x/osqr");
    expect(resolveHome({ XDG_STATE_HOME: "relative" }, "/home/u")).toBe("/home/u/.local/state/osqr");
    expect(resolveHome({ OSQR_HOME: "here" }, "/home/u")).toBe(path.resolve("here"));
    expect(resolveConfigPath({ XDG_CONFIG_HOME: "/c" }, "/home/u")).toBe("/c/osqr/config.yaml");
    expect(resolveConfigPath({}, "/home/u")).toBe("/home/u/.config/osqr/config.yaml");
  });
});

describe("openHome", () => {
  it("makes the folder and those above it, closed to others", () => {
    const root = path.join(folder, "a", "b");
    expect(openHome(root)).toEqual(homePaths(root));
    expect([modeOf(root), modeOf(path.dirname(root))]).toEqual(["700", "700"]);
  });

  it("closes an empty folder, and leaves the mode of one that others can only read", () => {
    fs.chmodSync(folder, 0o755);
    openHome(folder);
    expect(modeOf(folder)).toBe("700");
    fs.chmodSync(folder, 0o755);
    fs.writeFileSync(path.join(folder, "something"), "");
    openHome(folder);
    expect(modeOf(folder)).toBe("755");
  });

  it("refuses a folder with content that others can write to", () => {
    fs.writeFileSync(path.join(folder, "something"), "");
    fs.chmodSync(folder, 0o1777);
    expect(explain(() => openHome(folder))).toMatchInlineSnapshot(`
      "home-unsafe: <folder>: expected mode 700, found 1777: other users can write to it
      hint: close it: chmod 700 <folder>
      hint: use another folder: OSQR_HOME=/path/to/folder"
    `);
  });

  it("refuses a file in its place, and what cannot be made", () => {
    const file = path.join(folder, "file");
    fs.writeFileSync(file, "");
    expect(explain(() => openHome(file))).toMatchInlineSnapshot(`
      "home-unusable: <folder>/file: expected a folder, found a file
      hint: use another folder: OSQR_HOME=/path/to/folder"
    `);
    expect(explain(() => openHome(path.join(file, "below")))).toMatchInlineSnapshot(`
      "home-unusable: cannot create the folder <folder>/file/below: ENOTDIR: not a directory, mkdir '<folder>/file/below'
      hint: use another folder: OSQR_HOME=/path/to/folder"
    `);
  });
});

describe("the token", () => {
  let home: HomePaths;
  beforeEach(() => {
    home = openHome(path.join(folder, "home"));
  });

  it("is made once with 256 bits and mode 600, and read from then on", () => {
    expect(readToken(home)).toBeNull();
    const token = readOrCreateToken(home);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(modeOf(home.token)).toBe("600");
    expect(readOrCreateToken(home)).toBe(token);
    expect(fs.readdirSync(home.root)).toEqual(["token"]);
  });

  it("is the same for processes that start at once", async () => {
    const module = fileURLToPath(new URL("./token.ts", import.meta.url));
    const script = `
      const { readOrCreateToken } = await import(${JSON.stringify(module)});
      process.stdout.write(readOrCreateToken({ token: process.argv[1] }));`;
    const runs = Array.from({ length: 4 }, async () => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", script, home.token]);
      let text = "";
      for await (const chunk of child.stdout) text += chunk;
      return text;
    });
    const tokens = new Set(await Promise.all(runs));
    expect(tokens).toEqual(new Set([readToken(home)]));
  });

  it("is refused where others can read it", () => {
    fs.writeFileSync(home.token, `${"x".repeat(40)}\n`, { mode: 0o644 });
    expect(explain(() => readOrCreateToken(home))).toMatchInlineSnapshot(`
      "token-unsafe: <folder>/home/token: expected mode 600, found 644: other users may have read it
      hint: make a new one: rm <folder>/home/token
      hint: or close it, if nobody can have read it: chmod 600 <folder>/home/token"
    `);
  });

  it("is refused where it is a link, a folder or a pipe", () => {
    const elsewhere = path.join(folder, "elsewhere");
    fs.writeFileSync(elsewhere, "x".repeat(40), { mode: 0o600 });
    fs.symlinkSync(elsewhere, home.token);
    expect(explain(() => readOrCreateToken(home))).toMatchInlineSnapshot(`
      "token-unsafe: <folder>/home/token: expected a file, found a symbolic link
      hint: remove it: rm <folder>/home/token"
    `);
    fs.rmSync(home.token);
    fs.mkdirSync(home.token);
    expect(explain(() => readOrCreateToken(home))).toContain("expected a regular file, found something else");
    fs.rmdirSync(home.token);
    execFileSync("mkfifo", ["-m", "600", home.token]);
    expect(explain(() => readOrCreateToken(home))).toContain("expected a regular file, found something else");
  });

  it("is refused where it is not one", () => {
    fs.writeFileSync(home.token, "short\n", { mode: 0o600 });
    expect(explain(() => readOrCreateToken(home))).toMatchInlineSnapshot(`
      "token-invalid: <folder>/home/token: expected 32 to 200 letters, digits, "-" or "_", found 5 characters that are not that
      hint: remove it, a new one is made: rm <folder>/home/token"
    `);
  });
});
