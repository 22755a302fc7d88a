import assert from "node:assert/strict";
import { test } from "node:test";
import { plainText } from "../../../core/src/bootstrap/plainText.ts";

const shown: readonly (readonly [said: string, seen: string])[] = [
  ["plain <b>text</b> & more", "plain <b>text</b> & more"],
  ["\u001b[31;1merror:\u001b[0m no", "error: no"],
  ["\u001b]0;a title\u0007after", "after"],
  ["\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "link"],
  ["\u001b(Bcharset", "charset"],
  ["\u001b", "\ufffd"],
  [" 10 %\r 50 %\r100 %", "100 %"],
  ["end of line\r", "end of line"],
  ["bell\u0007 null\u0000", "bell\ufffd null\ufffd"],
  ["turned \u202egnp.exe", "turned \ufffdgnp.exe"],
  ["a\tb", "a\tb"],
];
for (const [said, seen] of shown)
  test(`what is seen of ${JSON.stringify(said)}`, () => assert.equal(plainText(said), seen));
