import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readForm } from "./elicitation.ts";

function form(properties: unknown, required: readonly string[] = []) {
  return { mode: "form", message: "Please say", requestedSchema: { type: "object", properties, required } };
}

describe("a form", () => {
  it("becomes a question for each field that can be chosen", () => {
    const fields = readForm(
      form({
        size: { type: "string", enum: ["S", "M"], description: "Which size?" },
        sure: { type: "boolean", title: "Sure?" },
        extras: {
          type: "array",
          items: {
            anyOf: [
              { const: "a", title: "Bow" },
              { const: "b", title: "Card" },
            ],
          },
        },
        other: { type: "string", title: "Anything else?" },
      }),
    );
    expect(fields?.map((field) => [field.name, field.question.question, [...field.values]])).toEqual([
      [
        "size",
        "Please say: Which size?",
        [
          ["s", "S"],
          ["m", "M"],
        ],
      ],
      [
        "sure",
        "Please say: Sure?",
        [
          ["yes", true],
          ["no", false],
        ],
      ],
      [
        "extras",
        "Please say: extras",
        [
          ["bow", ["a"]],
          ["card", ["b"]],
        ],
      ],
    ]);
  });

  it("is no question where text has to be given, nothing can be chosen, or a page is to be visited", () => {
    expect(readForm(form({ name: { type: "string" } }, ["name"]))).toBeNull();
    expect(readForm(form({ one: { type: "string", enum: ["only"] } }))).toBeNull();
    expect(readForm({ mode: "url", message: "x", url: "https://example.com" })).toBeNull();
  });

  it("has the same key for the same question, another for another", () => {
    const key = (message: string, ...values: string[]) =>
      readForm({ ...form({ x: { type: "string", enum: values } }), message })?.[0]?.question.key;
    expect(key("Which?", "a", "b")).toBe(key("Which?", "a", "b"));
    expect(new Set([key("Which?", "a", "b"), key("Which?", "a", "c"), key("What?", "a", "b")]).size).toBe(3);
    expect(key("Which?", "a", "b")).toMatch(/^[A-Z][A-Z0-9_]{0,63}$/);
  });

  it("has options with names of their own, whatever they are called", () => {
    const label = fc.oneof(
      fc.constantFrom("Option 2", "option-3", "Ja", "ja!", "日本"),
      fc.string({ minLength: 1 }),
    );
    fc.assert(
      fc.property(fc.array(label, { minLength: 2, maxLength: 20 }), (values) => {
        const [field] = readForm(form({ x: { type: "string", enum: values } })) ?? [];
        const ids = field?.question.options.map((option) => option.id) ?? [];
        expect(new Set(ids).size).toBe(values.length);
        for (const id of ids) expect(id).toMatch(/^[a-z0-9][a-z0-9-]{0,31}$/);
        expect([...(field?.values.values() ?? [])]).toEqual(values);
      }),
    );
  });

  it("is null or a question for whatever comes", () => {
    fc.assert(fc.property(fc.anything(), fc.anything(), (a, b) => void [readForm(a), readForm(form(b))]));
  });
});
