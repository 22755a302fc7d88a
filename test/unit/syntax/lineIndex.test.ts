import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createLineIndex } from "../../../core/src/syntax/lineIndex.ts";

const text = fc
  .array(fc.constantFrom("a", "é", "𝔫", "\n", "\r\n", "\r", " "), { maxLength: 40 })
  .map((pieces) => pieces.join(""));

test("position and offset are inverse on every offset that is not between \\r and \\n", () => {
  fc.assert(
    fc.property(text, (source) => {
      const lines = createLineIndex(source);
      for (let offset = 0; offset <= source.length; offset++) {
        if (source[offset] === "\n" && source[offset - 1] === "\r") continue;
        assert.equal(lines.offset(lines.position(offset)), offset);
      }
    }),
  );
});

test("positions beyond the text are its end", () => {
  const lines = createLineIndex("ab\ncd");
  assert.deepEqual(lines.position(99), { line: 1, character: 2 });
  assert.equal(lines.offset({ line: 9, character: 0 }), 5);
  assert.equal(lines.offset({ line: 0, character: 9 }), 2);
});
