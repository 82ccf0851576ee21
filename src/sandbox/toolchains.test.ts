import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPlace, createTestSandbox, isBubblewrapWorking, runScript } from "./testing.ts";
import { resolveToolchains } from "./toolchains.ts";

describe("toolchains", () => {
  let home: string;
  beforeEach(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), "osqr-user-")));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  function add(path: string, text = "#!/bin/sh\necho here\n"): void {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
    chmodSync(join(home, path), 0o755);
  }
  function resolve(folders: readonly string[], exclude: readonly string[] = []) {
    const path = folders.map((folder) => (folder.startsWith("/") ? folder : join(home, folder))).join(":");
    const found = resolveToolchains({ path, home, exclude });
    const short = (text: string) => text.replaceAll(home, "~");
    return {
      mounts: found.mounts.map((mount) =>
        mount.source === mount.target
          ? short(mount.target)
          : `${short(mount.target)} <- ${short(mount.source)}`,
      ),
      path: short(found.path),
      env: Object.fromEntries(Object.entries(found.env).map(([name, value]) => [name, short(value)])),
    };
  }

  it("of the system need no mount", () => {
    expect(resolve(["/usr/bin", "/bin", "/usr/bin"])).toEqual({ mounts: [], path: "/usr/bin:/bin", env: {} });
  });

  it("that are missing, relative or empty are skipped", () => {
    expect(resolve(["/usr/bin", "missing/bin", "/nowhere/bin"])).toMatchObject({ path: "/usr/bin" });
    expect(resolveToolchains({ path: "::.:bin:/usr/bin", home, exclude: [] }).path).toBe("/usr/bin");
  });

  it("of version managers come with the whole installation", () => {
    add(".nvm/versions/node/v24/bin/node");
    add(".nvm/versions/node/v24/lib/node_modules/npm/cli.js");
    add(".pyenv/shims/python3");
    add(".pyenv/versions/3.12/bin/python3");
    add(".cargo/bin/rustup");
    add(".cargo/credentials.toml", "token");
    add(".rustup/toolchains/stable/bin/rustc");
    expect(resolve([".nvm/versions/node/v24/bin", ".pyenv/shims", ".cargo/bin"])).toEqual({
      mounts: ["~/.cargo/bin", "~/.nvm/versions/node/v24", "~/.pyenv", "~/.rustup"],
      path: "~/.nvm/versions/node/v24/bin:~/.pyenv/shims:~/.cargo/bin",
      env: { PYENV_ROOT: "~/.pyenv", RUSTUP_HOME: "~/.rustup" },
    });
  });

  it("that are links come with what they point to", () => {
    add(".local/share/keyrings/secret");
    add(".local/lib/other");
    add(".local/share/pipx/venvs/tool/bin/tool");
    add(".local/share/pipx/venvs/tool/pyvenv.cfg");
    add("work/script.sh");
    add("work/private.key");
    mkdirSync(join(home, ".local/bin"));
    symlinkSync("../share/pipx/venvs/tool/bin/tool", join(home, ".local/bin/tool"));
    symlinkSync(join(home, "work/script.sh"), join(home, ".local/bin/script"));
    symlinkSync("/nowhere", join(home, ".local/bin/broken"));
    expect(resolve([".local/bin"]).mounts).toEqual([
      "~/.local/bin",
      "~/.local/share/pipx/venvs/tool",
      "~/work/script.sh",
    ]);
  });

  it("in a folder named through a link are there under both names", () => {
    add("tools/jdk-17/bin/java");
    add("tools/jdk-17/lib/rt.jar");
    symlinkSync("jdk-17", join(home, "tools/current"));
    expect(resolve(["tools/current/bin"])).toMatchObject({
      mounts: ["~/tools/current <- ~/tools/jdk-17", "~/tools/jdk-17"],
      path: "~/tools/current/bin",
    });
  });

  it("never bring the home, keys, or what is excluded", () => {
    add("bin/tool");
    add("lib/x");
    add(".ssh/bin/tool");
    add("osqr/bin/tool");
    add("app/bin/tool");
    add("app/lib/x");
    add("app/state/token");
    const exclude = [join(home, "osqr"), join(home, "app/state")];
    expect(resolve(["", "bin", ".ssh/bin", "osqr/bin", "app/bin"], exclude)).toEqual({
      mounts: ["~/app/bin", "~/bin"],
      path: "~/bin:~/app/bin",
      env: {},
    });
  });

  it.skipIf(!isBubblewrapWorking)("of this machine work inside bubblewrap", async () => {
    const place = createPlace();
    const user = process.env.HOME ?? "/root";
    const toolchains = resolveToolchains({
      path: process.env.PATH ?? "",
      home: user,
      exclude: [place.osqrHome],
    });
    const script = "for tool in git node bash; do $tool --version > /dev/null && echo $tool works; done";
    const result = await runScript(createTestSandbox("bubblewrap", place), place, script, {
      env: { ...toolchains.env, PATH: toolchains.path, HOME: place.home },
      mounts: toolchains.mounts,
    });
    expect(result.tail).toEqual(["git works", "node works", "bash works"]);
    place.remove();
  });
});
