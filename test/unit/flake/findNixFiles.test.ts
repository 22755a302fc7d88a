import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { type TestContext, test } from "node:test";
import { findNixFiles, findNixFilesSync, isProjectFile } from "../../../core/src/flake/findNixFiles.ts";

function writeFiles(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "nixos-vps-files-"));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

async function found(root: string): Promise<string[]> {
  const files = await findNixFiles(root);
  assert.deepEqual(findNixFilesSync(root), files);
  assert.ok(files.every((file) => isProjectFile(root, file)));
  return files.map((file) => relative(root, file));
}

test("a flake below the root of a repository is under its .gitignore", async (t) => {
  const root = writeFiles(t, {
    ".git/HEAD": "",
    ".gitignore": "local.nix\n/nixos/build/\n/local/\n",
    "nixos/flake.nix": "",
    "nixos/local.nix": "",
    "nixos/build/a.nix": "",
    "nixos/modules/local.nix": "",
    "nixos/modules/.gitignore": "/b.nix\n",
    "nixos/modules/a.nix": "",
    "nixos/modules/b.nix": "",
    "local/flake.nix": "",
    "local/local.nix": "",
  });
  const flake = join(root, "nixos");
  assert.deepEqual(await found(flake), ["flake.nix", "modules/a.nix"]);
  assert.equal(isProjectFile(flake, join(flake, "local.nix")), false);
  assert.equal(isProjectFile(flake, join(flake, "build/a.nix")), false);
  // Nothing would be left of a directory that is ignored itself.
  assert.deepEqual(await found(join(root, "local")), ["flake.nix", "local.nix"]);
});

test("a .gitignore above that is not of the same repository says nothing", async (t) => {
  const root = writeFiles(t, {
    ".gitignore": "a.nix\n",
    "flake/.git/HEAD": "",
    "flake/a.nix": "",
    "plain/a.nix": "",
  });
  assert.deepEqual(await found(join(root, "flake")), ["a.nix"]);
  assert.deepEqual(await found(join(root, "plain")), ["a.nix"]);
});
