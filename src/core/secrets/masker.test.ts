import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMasker, MASK } from "./masker.ts";

const SECRET = "Tr0ub4dor&3/correct+horse";
const encode = (text: string): string => Buffer.from(text).toString("base64");

/** Cuts a text into pieces of these lengths, round and round. */
function cut(text: string, lengths: readonly number[]): string[] {
  const chunks: string[] = [];
  for (let at = 0, n = 0; at < text.length; n += 1) {
    const length = lengths[n % lengths.length] ?? 1;
    chunks.push(text.slice(at, at + length));
    at += length;
  }
  return chunks;
}

function maskChunks(values: readonly string[], chunks: readonly string[], patterns = true): string {
  const stream = createMasker(values, { patterns }).openStream();
  return chunks.map((chunk) => stream.write(chunk)).join("") + stream.end();
}

describe("a secret that is known", () => {
  const masker = createMasker([SECRET]);

  it("is masked in every usual spelling", () => {
    const spellings = [
      SECRET,
      encodeURIComponent(SECRET),
      encodeURIComponent(SECRET).toLowerCase().replace("tr0ub4dor", "Tr0ub4dor"),
      Buffer.from(SECRET).toString("hex"),
      Buffer.from(SECRET).toString("hex").toUpperCase(),
      encode(SECRET).replace(/.=*$/, ""), // Of the last character a part belongs to what comes next.
    ];
    for (const spelling of spellings)
      expect([spelling, masker.mask(`<${spelling}>`)]).toEqual([spelling, `<${MASK}>`]);
    expect(createMasker(['say "hi" to\tme']).mask(JSON.stringify({ a: 'say "hi" to\tme' }))).toBe(
      `{"a":"${MASK}"}`,
    );
  });

  it("is masked inside a longer text that was encoded, at each offset, also for URLs and in wrapped lines", () => {
    const odd = "~~secret?>?>ÿÿ";
    for (const before of ["", "a", "ab", "abc"]) {
      const text = encode(`${before}${SECRET}:rest`);
      expect(masker.mask(text)).toContain(MASK);
      const shown = masker
        .mask(text)
        .split(MASK)
        .map((part) => Buffer.from(part, "base64").toString());
      expect(shown.join("")).not.toContain("Tr0ub4dor");
      expect(masker.mask(text.replace(/(.{7})/g, "$1\r\n"))).toContain(MASK);
      expect(createMasker([odd]).mask(Buffer.from(before + odd).toString("base64url"))).toContain(MASK);
    }
  });

  it("is masked where it is coloured, and where its bytes are read one by one", () => {
    expect(masker.mask("\u001b[1mTr0ub\u001b[0;31m4dor&3\u001b[0m/correct+horse.")).toBe(`\u001b[1m${MASK}.`);
    expect(createMasker(["gehéim-wörd"]).mask(Buffer.from("a gehéim-wörd").toString("latin1"))).toBe(
      `a ${MASK}`,
    );
  });

  it("is left alone where it is too short to be told from words", () => {
    expect(createMasker(["short", "", "   padded   "]).mask("a short text")).toBe("a short text");
    expect(createMasker(["   padded-value  "]).mask("=padded-value;")).toBe(`=${MASK};`);
  });
});

describe("a key that is known by its looks", () => {
  it("is masked", () => {
    const keys = [
      `sk-ant-api03-${"aB3_-".repeat(19)}`,
      `sk-proj-${"aB3_-".repeat(20)}`,
      `sk-${"aB3x".repeat(12)}`,
      `ghp_${"aB3x".repeat(9)}`,
      `github_pat_${"aB3_".repeat(20)}`,
      "AKIAIOSFODNN7EXAMPLE",
      `AIza${"aB3_-".repeat(7)}`,
      `xoxb-${"12345678-".repeat(3)}abc`,
      `npm_${"aB3x".repeat(9)}`,
    ];
    const { mask } = createMasker([]);
    for (const key of keys)
      expect([key, mask(`key=${key}, "${key}"`)]).toEqual([key, `key=${MASK}, "${MASK}"`]);
  });

  it("is masked as a whole block", () => {
    const body = `${"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n".repeat(20)}ab==\n`;
    const block = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n${body}-----END RSA PRIVATE KEY-----`;
    const { mask } = createMasker([]);
    expect(mask(`a\n${block}\nb (1)`)).toBe(`a\n${MASK}\nb (1)`);
    expect(mask(JSON.stringify([block]))).toBe(`["${MASK}"]`);
    expect(mask("-----BEGIN PRIVATE KEY----- is what it begins with. More")).toBe(`${MASK}. More`);
    expect(mask(`-----BEGIN PRIVATE KEY-----${"a".repeat(20_000)}`).length).toBeLessThan(4_000);
  });

  it("is not seen in ordinary text", () => {
    const text =
      "task-ant-aaaaaaaaaaaaaaaaaaaaaaaaaaa sk-cube-grid-with-a-long-name-of-a-class npm_config_registry disk-ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH -----BEGIN CERTIFICATE-----";
    expect(createMasker([]).mask(text)).toBe(text);
  });
});

describe("a text in pieces", () => {
  const noise = fc.string({ unit: fc.constantFrom(..."abTr0+/=\n\u001b[m-sk&"), maxLength: 30 });
  const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
  const secrets = fc.array(
    fc.string({ unit: fc.constantFrom(..."abTr0&/+-sk_"), minLength: 8, maxLength: 40 }),
    {
      minLength: 1,
      maxLength: 3,
    },
  );

  it("never shows a secret, however it is cut", () => {
    fc.assert(
      fc.property(secrets, noise, noise, lengths, (values, before, after, sizes) => {
        const planted = values.flatMap((value) => [value, encode(value), encodeURIComponent(value)]);
        const text = planted.map((value) => `${before}${value}${after}`).join(" ");
        const shown = maskChunks(values, cut(text, sizes), false);
        const inLine = shown.replace(/[\r\n]/g, "");
        for (const value of values) {
          expect(inLine).not.toContain(value);
          expect(inLine).not.toContain(encodeURIComponent(value));
          expect(inLine).not.toContain(encode(value));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("shows the same as the whole, and all that is no secret", () => {
    fc.assert(
      fc.property(noise, noise, lengths, (before, after, sizes) => {
        const key = `sk-ant-${"x".repeat(30)}`;
        const block = `-----BEGIN PRIVATE KEY-----\n${"ab/+".repeat(40)}\n-----END PRIVATE KEY-----`;
        const text = `${before} ${SECRET} ${after} ${key} ${before} ${block}.${after}`;
        expect(maskChunks([SECRET], cut(text, sizes))).toBe(createMasker([SECRET]).mask(text));
        const plain = `${before}.${after}.${before}`;
        expect(maskChunks([SECRET], cut(plain, sizes))).toBe(plain);
      }),
      { numRuns: 1_000 },
    );
  });

  it("holds back no more than could be a secret", () => {
    const stream = createMasker([SECRET]).openStream();
    expect(stream.write("ready> ")).toBe("ready> ");
    expect(stream.write("Tr0ub")).toBe("");
    expect(stream.write("le")).toBe("Tr0uble");
    expect(stream.write(`Tr0ub${"\n".repeat(10_000)}`).length).toBeGreaterThan(9_000);
    expect(stream.end()).toBe("");
  });
});
