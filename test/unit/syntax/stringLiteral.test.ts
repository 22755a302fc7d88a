import assert from "node:assert/strict";
import { test } from "node:test";
import { testParser } from "../markedSources.ts";

async function stringText(source: string): Promise<unknown> {
  const parsed = (await testParser()).parse(source);
  parsed.tree.delete();
  return parsed.expression.kind === "string"
    ? parsed.expression.parts.map((part) => (typeof part === "string" ? part : "${}")).join("")
    : parsed.expression.kind;
}

test("strings read as Nix evaluates them", async () => {
  assert.equal(await stringText(String.raw`"a\n\"b\" \${c} $d"`), 'a\n"b" ${c} $d');
  assert.equal(await stringText(`"/etc/\${x}/ssh"`), "/etc/${}/ssh");
});

test("indented strings lose their common indentation and their first blank line", async () => {
  assert.equal(await stringText("''\n    a\n      b\n    c\n  ''"), "a\n  b\nc\n");
  assert.equal(await stringText("''a ''${b} '''c''' ''\\n''"), "a ${b} ''c'' \n");
  assert.equal(await stringText("''\n  ${x}\n    y\n''"), "${}\n  y\n");
});
