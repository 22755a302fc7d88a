import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { matchesGlob } from "../../../core/src/closure/glob.ts";

/** The same by a regular expression, which is quick enough for short texts. */
function expected(pattern: string, text: string): boolean {
  const parts = [...pattern].map((each) => (each === "*" ? ".*" : each === "?" ? "." : each.replace(/\W/, "\\$&")));
  return new RegExp(`^${parts.join("")}$`, "s").test(text);
}

test("a pattern matches what the regular expression for it matches", () => {
  const word = (letters: readonly string[]): fc.Arbitrary<string> =>
    fc.array(fc.constantFrom(...letters), { maxLength: 7 }).map((all) => all.join(""));
  fc.assert(
    fc.property(word(["a", "b", ".", "*", "?"]), word(["a", "b", ".", "*", "\n"]), (pattern, text) => {
      assert.equal(matchesGlob(pattern, text), expected(pattern, text));
    }),
    { numRuns: 3000 },
  );
});

test("a pattern with many stars takes as many steps as pattern and text are long together", () => {
  let reads = 0;
  const counted = (text: string): string =>
    new Proxy(Object(text) as object, {
      get(target, name) {
        reads += 1;
        const value: unknown = Reflect.get(target, name);
        return value;
      },
    }) as unknown as string;
  const text = "a".repeat(500);
  assert.equal(matchesGlob(`${"*a".repeat(30)}z`, counted(text)), false);
  assert.ok(reads < 10 * 61 * text.length, String(reads));
});
