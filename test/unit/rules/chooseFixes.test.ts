import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseFixes } from "../../../core/src/rules/chooseFixes.ts";
import type { Fix, TextEdit } from "../../../core/src/rules/finding.ts";

const edit = (file: string, start: number, end: number, newText: string): TextEdit => ({ file, start, end, newText });

const finding = (name: string, ...edits: readonly TextEdit[]): { name: string; fixes: readonly Fix[] } => ({
  name,
  fixes: [{ title: name, safe: true, edits }],
});

function chosen(...findings: readonly ReturnType<typeof finding>[]): string[] {
  return chooseFixes(findings, (file) => file !== "locked").fixed.map(({ name }) => name);
}

test("fixes that touch each other are not applied together", () => {
  const first = finding("first", edit("a", 0, 5, "x"));
  assert.deepEqual(chosen(first, finding("overlaps", edit("a", 4, 6, ""))), ["first"]);
  assert.deepEqual(chosen(first, finding("meets", edit("a", 5, 6, ""))), ["first", "meets"]);
  assert.deepEqual(chosen(first, finding("inserts beside", edit("a", 5, 5, "y"))), ["first"]);
  assert.deepEqual(chosen(first, finding("elsewhere", edit("b", 4, 6, ""))), ["first", "elsewhere"]);
});

test("a fix is applied whole or not at all", () => {
  const half = finding("half", edit("a", 0, 5, ""), edit("locked", 0, 5, ""));
  assert.deepEqual(chosen(half, finding("free", edit("a", 0, 5, ""))), ["free"]);
});

test("a line that two findings want is inserted once", () => {
  const line = 'fileSystems."/persist".neededForBoot = true;';
  const first = finding("first", edit("a", 10, 10, `\n  ${line}`));
  assert.deepEqual(chosen(first, finding("second", edit("b", 20, 20, `\n    ${line}`))), ["first"]);
  assert.deepEqual(chosen(first, finding("another", edit("b", 20, 20, `\n    a.${line}`))), ["first", "another"]);
});
