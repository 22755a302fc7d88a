import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { prePass } from "../../../core/src/syntax/prePass.ts";
import { testParser } from "../markedSources.ts";

/** Text made of the pieces that the pre-pass looks for, so that random texts hit them. */
const nixLikeText = fc
  .array(
    fc.oneof(
      fc.constantFrom(",", "}", "{", "|>", "<|", "#", "\n", " ", "/*", "*/", "''", '"', "${", "a", "x: ", "é", "𝔫"),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 60 },
  )
  .map((pieces) => pieces.join(""));

test("the pre-pass never moves an offset: length and line ends stay, and only commas and pipe operators change", () => {
  fc.assert(
    fc.property(nixLikeText, (text) => {
      const result = prePass(text);
      assert.equal(result.length, text.length);
      for (let index = 0; index < text.length; index++) {
        if (result[index] !== text[index]) assert.match(text[index] ?? "", /[,|<>]/);
      }
    }),
    { numRuns: 2000 },
  );
});

test("a trailing comma in a function head and pipe operators parse without errors", async () => {
  const parser = await testParser();
  for (const text of [
    "{ lib, config, }: { }",
    "{\n  lib,\n  # the host\n  config, /* last */\n}: { }",
    "{ a = [ 1 ] |> map (x: x) |> toString; b = f <| g <| 2; }",
  ]) {
    const parsed = parser.parse(text);
    assert.equal(parsed.tree.rootNode.hasError, false, text);
    parsed.tree.delete();
  }
});

test("a comment that never ends does not make the pre-pass slow", () => {
  const text = `{ a, ${"/* ".repeat(20_000)}`;
  assert.equal(prePass(text).length, text.length);
});
