import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { createGitIndex, parseGitIndex } from "../../../core/src/flake/gitIndex.ts";

const temporary = realpathSync(mkdtempSync(join(tmpdir(), "nixos-vps-git-")));
after(() => rmSync(temporary, { recursive: true, force: true }));

function git(directory: string, ...args: string[]): void {
  execFileSync("git", ["-C", directory, "-c", "user.name=x", "-c", "user.email=x", ...args], { stdio: "pipe" });
}

function write(directory: string, ...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), path);
  }
}

function repository(name: string): string {
  const directory = join(temporary, name);
  mkdirSync(directory);
  git(directory, "init", "-q");
  return directory;
}

const paths = [
  "a",
  "flake.nix",
  "secrets/host-1.age",
  "secrets/host-10.age",
  "secrets/ünïcode.age",
  `deep/${"x".repeat(200)}/y`,
];

for (const version of [2, 3, 4]) {
  test(`version ${version}: all paths of the index`, () => {
    const directory = repository(`version-${version}`);
    write(directory, ...paths, "later.age");
    git(directory, "add", "--", ...paths);
    // A file that is only announced needs the flags of version 3.
    if (version === 3) git(directory, "add", "-N", "--", "later.age");
    git(directory, "update-index", "--index-version", String(version));
    const bytes = readFileSync(join(directory, ".git/index"));
    assert.equal(bytes.readUInt32BE(4), version);
    assert.deepEqual(parseGitIndex(bytes)?.files, new Set(version === 3 ? [...paths, "later.age"] : paths));
  });
}

test("a flake in a subdirectory; git add is noticed", () => {
  const directory = repository("subdirectory");
  write(directory, "nix/flake.nix", "nix/secrets/a.age");
  git(directory, "add", "nix/flake.nix");
  const index = createGitIndex(join(directory, "nix"));
  assert.equal(index.isTracked(join(directory, "nix/flake.nix")), true);
  assert.equal(index.isTracked(join(directory, "nix/secrets/a.age")), false);
  assert.equal(index.isTracked(join(temporary, "elsewhere")), undefined);
  git(directory, "add", "nix/secrets/a.age");
  assert.equal(index.isTracked(join(directory, "nix/secrets/a.age")), true);
});

test("a linked work tree has an index of its own", () => {
  const directory = repository("main");
  write(directory, "flake.nix");
  git(directory, "add", "flake.nix");
  git(directory, "commit", "-qm", "x");
  const linked = join(temporary, "linked");
  git(directory, "worktree", "add", "-q", linked);
  write(linked, "new.age");
  assert.equal(createGitIndex(linked).isTracked(join(linked, "flake.nix")), true);
  assert.equal(createGitIndex(linked).isTracked(join(linked, "new.age")), false);
});

test("files of a submodule cannot be told", () => {
  const secrets = repository("secrets");
  write(secrets, "a.age");
  git(secrets, "add", "a.age");
  git(secrets, "commit", "-qm", "x");
  const directory = repository("super");
  git(directory, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", secrets, "secrets");
  assert.equal(createGitIndex(directory).isTracked(join(directory, "secrets/a.age")), undefined);
  assert.equal(createGitIndex(directory).isTracked(join(directory, ".gitmodules")), true);
});

test("no repository, no index, or no index that can be read: nothing is told", () => {
  const directory = join(temporary, "plain");
  write(directory, "flake.nix");
  assert.equal(createGitIndex(directory).isTracked(join(directory, "flake.nix")), undefined);
  const sha256 = join(temporary, "sha256");
  mkdirSync(sha256);
  git(sha256, "init", "-q", "--object-format=sha256");
  write(sha256, "a");
  git(sha256, "add", "a");
  assert.equal(createGitIndex(sha256).isTracked(join(sha256, "a")), undefined);
  for (const bytes of ["", "DIRC", "DIRC\0\0\0\u0002\0\0\0\u0009", "something else"])
    assert.equal(parseGitIndex(Buffer.from(bytes)), undefined);
});
