import { describe, expect, it } from "vitest";
import { cleanEnvironment, createMark, parseMark, pickNetworkEnvironment, toHomeId } from "./environment.ts";

describe("the environment", () => {
  it("keeps ordinary variables and drops those that hijack programs", () => {
    const env = {
      A: "1",
      LD_PRELOAD: "x",
      GIT_EXEC_PATH: "x",
      DYLD_X: "x",
      PAGER: "x",
      "a b": "x",
      NUL: "a\0b",
    };
    expect(cleanEnvironment(env)).toEqual({ A: "1" });
  });

  it("takes over proxies and certificates, but no login in a URL", () => {
    const env = {
      https_proxy: "http://proxy:3128",
      HTTP_PROXY: "http://user:secret@proxy:3128",
      PIP_INDEX_URL: "https://mirror.example/simple",
      SSL_CERT_FILE: "/etc/ssl/certs/ca.crt",
      AWS_SECRET_ACCESS_KEY: "secret",
      NO_PROXY: undefined,
    };
    expect(pickNetworkEnvironment(env)).toEqual({
      https_proxy: "http://proxy:3128",
      PIP_INDEX_URL: "https://mirror.example/simple",
      SSL_CERT_FILE: "/etc/ssl/certs/ca.crt",
    });
  });

  it("marks a process with its home and label, whatever the label holds", () => {
    const homeId = toHomeId("/home/u/.local/state/osqr");
    const mark = createMark(homeId, "gate: tests\n:x");
    expect(parseMark(mark)).toMatchObject({ homeId, label: "gate: tests\n:x" });
    expect(createMark(homeId, "a")).not.toBe(createMark(homeId, "a"));
    expect(parseMark("somebody's own value")).toBeNull();
  });
});
