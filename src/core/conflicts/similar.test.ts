import fc from "fast-check";
import { expect, test } from "vitest";
import { type ComparedText, findDuplicates, TextIndex } from "./similar.ts";
import { countWords, stemWord } from "./words.ts";

const text = (key: string, title: string, body = ""): ComparedText => ({ key, title, text: body });

const RATE_LIMIT = text(
  "rate-limit",
  "Rate limiting for the public API",
  "Reject requests above 100 per minute and client with status 429. Count requests in a sliding window.",
);
const THROTTLING = text(
  "throttling",
  "Limit the rate of API requests",
  "Each client may send 100 requests per minute; others are rejected with 429 and a Retry-After header.",
);
const SEARCH = text(
  "search",
  "Search over documents",
  "Rank documents by word vectors, return the best ten.",
);
const LOGIN = text(
  "login",
  "Login with a token",
  "A client sends its token in a header; expired ones get status 401.",
);

test("two specs of the same thing in other words are found, others are not", () => {
  const [first, ...rest] = findDuplicates(RATE_LIMIT, [SEARCH, LOGIN, THROTTLING], { threshold: 0.4 });
  expect(rest).toEqual([]);
  expect(first?.key).toBe("throttling");
  expect(first?.shared).toEqual(expect.arrayContaining(["rate", "limiting", "requests", "429"]));
});

test("the same words give 1, nothing in common is nothing", () => {
  expect(findDuplicates(SEARCH, [{ ...SEARCH, key: "copy" }], { threshold: 1 })).toMatchObject([
    { key: "copy", similarity: 1 },
  ]);
  expect(findDuplicates(SEARCH, [text("x", "Colour of buttons")], { threshold: 0 })).toEqual([]);
  expect(findDuplicates(text("empty", ""), [text("void", "")], { threshold: 0 })).toEqual([]);
});

test("at most so many are named, the most similar first, ties by key", () => {
  const others = ["d", "b", "c", "a"].map((key) => ({ ...SEARCH, key }));
  const near = text("e", "Search documents");
  const found = findDuplicates(SEARCH, [near, ...others], { threshold: 0.1 });
  expect(found.map(({ key }) => key)).toEqual(["a", "b", "c"]);
  expect(findDuplicates(SEARCH, [near, ...others], { threshold: 0.1, max: 9 }).at(-1)?.key).toBe("e");
});

test("a text is never a duplicate of itself", () => {
  expect(findDuplicates(SEARCH, [SEARCH], { threshold: 0 })).toEqual([]);
  expect(new TextIndex([SEARCH]).findLike("unknown", { threshold: 0 })).toEqual([]);
});

test.each([
  ["limiting", "limits"],
  ["planning", "plans"],
  ["queries", "query"],
  ["caches", "caching"],
  ["normalization", "normalizing"],
  ["rejected", "rejects"],
  ["scheduler", "schedule"],
  ["addresses", "address"],
])("%s and %s are one word", (a, b) => {
  expect(stemWord(a)).toBe(stemWord(b));
});

test("words of other scripts and of code are words", () => {
  expect([...countWords("rateLimit prüft Anfragen: 限流 v2").keys()]).toEqual(
    ["rate", "limit", "prüft", "anfragen", "限流", "v2"].map(stemWord),
  );
});

const texts = fc.uniqueArray(
  fc.record({
    key: fc.stringMatching(/^[a-z]{1,4}$/),
    title: fc.lorem({ maxCount: 4 }),
    text: fc.lorem({ maxCount: 12 }),
  }),
  { selector: ({ key }) => key, minLength: 2, maxLength: 12 },
);

test("how the texts are ordered changes nothing, and alikeness has no direction", () => {
  fc.assert(
    fc.property(texts, (all) => {
      const options = { threshold: 0, max: 12 };
      const forward = new TextIndex(all);
      const backward = new TextIndex(all.toReversed());
      for (const { key } of all) {
        const found = forward.findLike(key, options);
        expect(backward.findLike(key, options)).toEqual(found);
        for (const { key: other, similarity } of found) {
          expect(similarity).toBeGreaterThan(0);
          expect(similarity).toBeLessThanOrEqual(1);
          const back = forward.findLike(other, options).find((each) => each.key === key);
          expect(back?.similarity).toBe(similarity);
        }
      }
    }),
    { numRuns: 50 },
  );
});
