import assert from "node:assert/strict";
import { test } from "node:test";
import {
  appendElements,
  deleteText,
  insertBindingAfter,
  listText,
  quoted,
  replaceText,
} from "../../../core/src/rules/edits.ts";
import type { TextEdit } from "../../../core/src/rules/finding.ts";
import type { Binding, ListExpression } from "../../../core/src/syntax/expression.ts";
import { findNode, listAround } from "../../../core/src/syntax/findNode.ts";
import { testParser } from "../markedSources.ts";

const file = "/module.nix";

/** The text without its `«»` marks, and the range that they mark. */
function marked(source: string): { text: string; place: { file: string; start: number; end: number } } {
  const start = source.indexOf("«");
  const end = source.indexOf("»") - 1;
  return { text: source.replace(/[«»]/g, ""), place: { file, start, end } };
}

function applied(text: string, { start, end, newText }: TextEdit): string {
  return text.slice(0, start) + newText + text.slice(end);
}

function deleted(source: string): string {
  const { text, place } = marked(source);
  return applied(text, deleteText(text, place));
}

async function appended(text: string, elements: readonly string[]): Promise<string> {
  const { expression, tree } = (await testParser()).parse(text);
  tree.delete();
  const list = findNode(expression, (node): node is ListExpression => node.kind === "list");
  assert.ok(list);
  return applied(text, appendElements(text, file, list, elements));
}

async function inserted(text: string, name: string, binding: string): Promise<string> {
  const { expression, tree } = (await testParser()).parse(text);
  tree.delete();
  const after = findNode(
    expression,
    (node): node is Binding => node.kind === "binding" && node.path.at(-1)?.parts[0] === name,
  );
  assert.ok(after);
  return applied(text, insertBindingAfter(text, file, after, binding));
}

test("an element on a line of its own goes with the line and the comment behind it", () => {
  assert.equal(deleted(`[\n  "/a"\n  «"/b"» # keys\n  # about c\n  "/c"\n]`), `[\n  "/a"\n  # about c\n  "/c"\n]`);
  assert.equal(deleted(`[\r\n  «"/a"»\r\n  "/b"\r\n]`), `[\r\n  "/b"\r\n]`);
  assert.equal(deleted(`[\n  «{\n    directory = "/a";\n  }»\n  "/b"\n]`), `[\n  "/b"\n]`);
});

test("an element between others on a line leaves the spacing of the rest", () => {
  assert.equal(deleted(`[ "/a" «"/b"» "/c" ]`), `[ "/a" "/c" ]`);
  assert.equal(deleted(`[ «"/a"» "/b" ]`), `[ "/b" ]`);
  assert.equal(deleted(`[«"/a"» "/b"]`), `["/b"]`);
  assert.equal(deleted(`["/a" «"/b"»]`), `["/a"]`);
  assert.equal(deleted(`[ «"/a"» ]`), `[ ]`);
  assert.equal(deleted(`[«"/a"»]`), `[]`);
  assert.equal(deleted(`[ "/a"\n  «"/b"» "/c"\n]`), `[ "/a"\n  "/c"\n]`);
});

test("the last element of a line goes with the comment that ends the line", () => {
  assert.equal(deleted(`[ "/a" «"/b"» # b\n  "/c" ]`), `[ "/a"\n  "/c" ]`);
  assert.equal(deleted(`[\n  "/a" # a\n  «"/b"» ]`), `[\n  "/a" # a\n  ]`);
});

test("a binding goes with its line; of two blank lines one stays", () => {
  assert.equal(deleted(`{\n  a = 1;\n\n  «b = 2;» # why\n\n  c = 3;\n}`), `{\n  a = 1;\n\n  c = 3;\n}`);
  assert.equal(deleted(`{ a = 1; «b = 2;» }`), `{ a = 1; }`);
  assert.equal(deleted(`{ «a = 1;» }`), `{ }`);
});

test("a replacement keeps what is around it", () => {
  const { text, place } = marked(`{ «directories» = [ "/a" ]; }`);
  assert.equal(applied(text, replaceText(place, "files")), `{ files = [ "/a" ]; }`);
});

test("elements are appended in the style of the list", async () => {
  assert.equal(await appended(`[ "/a" ]`, [`"/b"`, `"/c"`]), `[ "/a" "/b" "/c" ]`);
  assert.equal(await appended(`["/a"]`, [`"/b"`]), `["/a" "/b"]`);
  assert.equal(
    await appended(`{ l = [\n    "/a" # a\n    # end\n  ]; }`, [`"/b"`]),
    `{ l = [\n    "/a" # a\n    "/b"\n    # end\n  ]; }`,
  );
  assert.equal(await appended(`[\r\n  "/a"\r\n]`, [`"/b"`]), `[\r\n  "/a"\r\n  "/b"\r\n]`);
  assert.equal(await appended(`[ ]`, [`"/a"`]), `[ "/a" ]`);
  assert.equal(await appended(`{\n  l = [];\n}`, [`"/a"`, `"/b"`]), `{\n  l = [\n    "/a"\n    "/b"\n  ];\n}`);
  assert.equal(await appended(`[\n  # none yet\n]`, [`"/a"`]), `[\n  "/a"\n  # none yet\n]`);
});

test("a list on one line that would get too long is broken", async () => {
  const [short, long] = [`"/a"`, `"/${"b".repeat(90)}"`];
  assert.equal(await appended(`{\n  l = [ ${short} ];\n}`, [long]), `{\n  l = [\n    ${short}\n    ${long}\n  ];\n}`);
  assert.equal(await appended(`[ # a\n  ${short} ${short} ]`, [long]), `[ # a\n  ${short} ${short} ${long} ]`);
});

test("a binding is inserted with the indentation of the one before it", async () => {
  assert.equal(
    await inserted(`{\n    a = [\n      1\n    ]; # a\n    c = 1;\n}`, "a", "b = 2;"),
    `{\n    a = [\n      1\n    ]; # a\n    b = 2;\n    c = 1;\n}`,
  );
  assert.equal(await inserted(`{ a = 1; c = 1; }`, "a", "b = 2;"), `{ a = 1; b = 2; c = 1; }`);
});

test("a list of several elements has a line for each", () => {
  assert.equal(listText("", "  ", [`"/a"`]), `[ "/a" ]`);
  assert.equal(listText("", "  ", [`"/a"`, `"/b"`]), `[\n    "/a"\n    "/b"\n  ]`);
});

test("the list around an element is found only when the element is written in it", async () => {
  const { expression, tree } = (await testParser()).parse(`{ l = lib.optional c "/a" ++ [ [ "/b" ] ]; }`);
  tree.delete();
  const text = `{ l = lib.optional c "/a" ++ [ [ "/b" ] ]; }`;
  const rangeOf = (part: string) => ({ start: text.indexOf(part), end: text.indexOf(part) + part.length });
  assert.equal(listAround(expression, rangeOf(`"/a"`)), undefined);
  const list = listAround(expression, rangeOf(`"/b"`));
  assert.equal(list && text.slice(list.start, list.end), `[ "/b" ]`);
});

test("quoting escapes what Nix reads", () => {
  assert.equal(quoted(`/a"\${b}$c\\`), `"/a\\"\\\${b}$c\\\\"`);
});
