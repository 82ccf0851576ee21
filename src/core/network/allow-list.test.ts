import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAllowed, parseAllowList } from "./allow-list.ts";
import { parseHost, parseTarget } from "./host.ts";

describe("a host", () => {
  it("has one spelling", () => {
    expect(parseHost("Registry.NPMJS.org")).toBe("registry.npmjs.org");
    expect(parseHost("127.0.0.1")).toBe("127.0.0.1");
    expect(parseHost("[::1]")).toBe("[0:0:0:0:0:0:0:1]");
    expect(parseHost("[2001:DB8::00ff:1]")).toBe("[2001:db8:0:0:0:0:ff:1]");
    expect(parseHost("xn--bcher-kva.example")).toBe("xn--bcher-kva.example");
  });

  it("is nothing that two programs could read differently", () => {
    const wrong = [
      ...["evil\0.good.com", "good.com.", ".good.com", "good..com", "good.com\n", "good.com\t", " good.com"],
      ...[
        "user@good.com",
        "good.com@evil.com",
        "good.com/evil",
        "good.com#",
        "good.com?x",
        "good.com\\@evil",
      ],
      ...["good%2ecom", "gооd.com", "bücher.example", "good。com", "-good.com", "good-.com", ""],
      ...[
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "127.0.0.01",
        "127.0.0.256",
        "1.2.3.4.5",
        "good.0x1",
      ],
      ...["[::1", "::1", "[:::1]", "[::1%lo]", "[::ffff:127.0.0.1]", "[1:2:3]", "[1::2::3]", "[12345::]"],
      `${"a".repeat(64)}.com`,
      `${"a.".repeat(127)}com`,
    ];
    expect(wrong.filter((text) => parseHost(text) !== null)).toEqual([]);
  });

  it("stands before a port", () => {
    expect(parseTarget("good.com:8443", null)).toEqual({ host: "good.com", port: 8443 });
    expect(parseTarget("[::1]:80", null)).toEqual({ host: "[0:0:0:0:0:0:0:1]", port: 80 });
    expect(parseTarget("good.com", 80)).toEqual({ host: "good.com", port: 80 });
    const wrong = ["good.com", "good.com:", "good.com:0", "good.com:65536", "good.com:80:80", "good.com:8o"];
    expect(wrong.map((text) => parseTarget(text, null))).toEqual(wrong.map(() => null));
  });
});

describe("the list of allowed hosts", () => {
  const { rules } = parseAllowList(["good.com", "*.npmjs.org", "localhost:11434", "[::1]:8080"]);
  const isOpen = (text: string): boolean => {
    const target = parseTarget(text, 443);
    return target !== null && isAllowed(rules, target);
  };

  it("allows what it names", () => {
    const open = ["good.com", "GOOD.com:80", "registry.npmjs.org", "a.b.npmjs.org", "localhost:11434"];
    expect(open.filter((text) => !isOpen(text))).toEqual([]);
    expect(isOpen("[0::1]:8080")).toBe(true);
  });

  it("allows nothing that only looks like it", () => {
    const closed = [
      ...["good.com.evil.com", "evilgood.com", "www.good.com", "good.com:22", "good.com.", "evil\0.good.com"],
      ...[
        "npmjs.org",
        "evilnpmjs.org",
        "x.npmjs.org.evil.com",
        "localhost",
        "localhost:80",
        "127.0.0.1:11434",
      ],
    ];
    expect(closed.filter(isOpen)).toEqual([]);
  });

  it("says what is wrong with an entry, and goes on without it", () => {
    const list = parseAllowList(["*", "*.com", "http://good.com", "good.com:0", "*.1.2.3.4", "ok.com"]);
    expect(list.rules).toEqual([{ host: "ok.com", isSuffix: false, port: null }]);
    expect(list.problems).toMatchInlineSnapshot(`
      [
        ""*": expected a host, *.host or an address, with :port or without; names of other alphabets as xn--…",
        ""*.com": expected at least two parts after the *, e.g. *.example.com",
        ""http://good.com": expected a host, *.host or an address, with :port or without; names of other alphabets as xn--…",
        ""good.com:0": expected a port from 1 to 65535",
        ""*.1.2.3.4": expected at least two parts after the *, e.g. *.example.com",
      ]
    `);
    expect(parseAllowList(Array<string>(501).fill("ok.com")).problems).toHaveLength(1);
  });

  it("never allows a name whose end it does not hold", () => {
    const part = fc.stringMatching(/^[a-z0-9.@:\0\\/-]{0,12}$/);
    fc.assert(
      fc.property(part, part, (before, after) => {
        const text = `${before}good.com${after}`;
        if (isOpen(text)) expect(text).toMatch(/^good\.com(:80|:443)?$/);
      }),
    );
  });
});

describe("a word for package registries", () => {
  const lets = (entry: string, host: string, port = 443) =>
    isAllowed(parseAllowList([entry]).rules, { host, port });

  it("stands for the hosts of its ecosystem, by https, and for no others", () => {
    expect(lets("packages:npm", "registry.npmjs.org")).toBe(true);
    expect(lets("packages:npm", "registry.npmjs.org", 80)).toBe(false);
    expect(lets("packages:npm", "pypi.org")).toBe(false);
    expect(lets("packages:pypi", "files.pythonhosted.org")).toBe(true);
    expect(lets("packages:cargo", "index.crates.io")).toBe(true);
    expect(lets("packages:go", "sum.golang.org")).toBe(true);
    const hosts = ["registry.npmjs.org", "pypi.org", "static.crates.io", "proxy.golang.org"];
    expect(hosts.every((host) => lets("packages:all", host))).toBe(true);
    expect(lets("packages:all", "example.org")).toBe(false);
  });

  it("is one of those that are known", () => {
    const { rules, problems } = parseAllowList(["packages:cpan", "packages", "packages:"]);
    expect(rules).toEqual([{ host: "packages", isSuffix: false, port: null }]);
    expect(problems).toEqual([
      expect.stringContaining('"packages:cpan": expected packages:npm, '),
      expect.stringContaining('"packages:"'),
    ]);
  });
});
