import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { applyEdits } from "../../cli/src/check/applyEdits.ts";
import type { ShownFinding } from "../../cli/src/check/describeFindings.ts";
import { fixFindings } from "../../cli/src/check/fixFindings.ts";
import { writeFixes } from "../../cli/src/check/writeFixes.ts";
import type { TextEdit } from "../../core/src/rules/finding.ts";
import { readText, writeFiles } from "./command.ts";
import { reportedFinding } from "./reports.ts";

test("edits are applied by place, whatever their order, with the line ends of the text", () => {
  const edits = [
    { start: 4, end: 6, newText: "" },
    { start: 0, end: 1, newText: "x\ny" },
    { start: 4, end: 4, newText: "<" },
  ];
  assert.equal(applyEdits("abcdefg", edits), "x\nybcd<g");
  assert.equal(applyEdits("a\r\nb", [{ start: 0, end: 1, newText: "x\ny\r\nz" }]), "x\r\ny\r\nz\r\nb");
});

/** A file in memory, and a finding wherever `find` gives an edit of it. */
function memory(text: string, find: (text: string) => readonly Omit<TextEdit, "file">[]) {
  let current = text;
  const shown = async (): Promise<ShownFinding[]> =>
    find(current).map((edit) => {
      const fixes = [{ title: "Fix", safe: true, edits: [{ ...edit, file: "/a.nix" }] }];
      const finding = { rule: "r", severity: "error", message: "", hosts: [], related: [], fixes } as const;
      return { finding: { ...finding, ...edit, file: "/a.nix" }, reported: reportedFinding() };
    });
  return {
    shown,
    project: {
      text: () => current,
      openBuffer: (_: string, next: string) => {
        current = next;
      },
    },
  };
}

test("fixes that meet are applied one after the other", async () => {
  const { project, shown } = memory("aab", (text) =>
    [...text.matchAll(/a/g)].map(({ index }) => ({ start: index, end: text.length, newText: text.slice(index + 1) })),
  );
  const { changed, fixed } = await fixFindings(project, shown, async () => undefined);
  assert.deepEqual(changed, [{ path: "/a.nix", before: "aab", after: "b" }]);
  assert.equal(fixed.length, 2);
});

test("fixes that undo each other end", async () => {
  const { project, shown } = memory("a", (text) => [{ start: 0, end: 1, newText: text === "a" ? "b" : "a" }]);
  const { fixed, changed } = await fixFindings(project, shown, async () => undefined);
  assert.equal(fixed.length, 10);
  assert.deepEqual(changed, []);
});

test("a file that must not be edited is named once with the reason", async () => {
  const { project, shown } = memory("a", () => [
    { start: 0, end: 1, newText: "b" },
    { start: 0, end: 1, newText: "c" },
  ]);
  const { fixed, refused } = await fixFindings(project, shown, async () => "it is a relic");
  assert.deepEqual([fixed, [...refused]], [[], [["/a.nix", "it is a relic"]]]);
});

test("when one file changed meanwhile none is written", async (t) => {
  const directory = writeFiles(t, { "a.nix": "a", "b.nix": "b" });
  const changes = ["a", "b"].map((name) => ({ path: join(directory, `${name}.nix`), before: name, after: "x" }));
  writeFileSync(join(directory, "b.nix"), "changed");
  await assert.rejects(
    writeFixes(changes, directory),
    /^Error: nothing was fixed: .*\/b\.nix cannot be written: it changed on disk while it was checked$/,
  );
  assert.deepEqual([readText(directory, "a.nix"), readText(directory, "b.nix")], ["a", "changed"]);
});
