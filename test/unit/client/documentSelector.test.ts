import assert from "node:assert/strict";
import { test } from "node:test";
import { documentSelector } from "../../../client/src/documentSelector.ts";

test("documents on disk and unsaved ones are checked, the old side of a diff is not", () => {
  assert.deepEqual(
    documentSelector(["file", "file"]).map(({ scheme }) => scheme),
    ["file", "untitled"],
  );
});

test("documents of a virtual folder are checked", () => {
  assert.deepEqual(documentSelector(["vscode-vfs"]).at(-1), { language: "nix", scheme: "vscode-vfs" });
});
