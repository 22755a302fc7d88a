import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { hostAtRevision } from "../../../core/src/nix/gitRevision.ts";

function repository(t: TestContext): { readonly folder: string; git(...args: string[]): string } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "nixos-vps-git-")));
  t.after(() => rmSync(folder, { recursive: true }));
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost"];
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", folder, ...identity, ...args], { encoding: "utf8" }).trim();
  git("init", "--quiet");
  mkdirSync(join(folder, "systems"));
  writeFileSync(join(folder, "systems/flake.nix"), "{ }");
  git("add", ".");
  git("commit", "--quiet", "--message", "first");
  return { folder, git };
}

test("a host at a commit is a reference with the commit and the flake's directory in its repository", async (t) => {
  const { folder, git } = repository(t);
  const flake = join(folder, "systems");
  const commit = git("rev-parse", "HEAD");
  assert.deepEqual(await hostAtRevision({ flake, directory: flake, host: "vps" }, "HEAD"), {
    flake: `git+file://${folder}?rev=${commit}&dir=systems`,
    directory: undefined,
    host: "vps",
  });
});

test("what names no commit, or would be an option of git, is none", async (t) => {
  const { folder } = repository(t);
  const host = { flake: folder, directory: folder, host: "vps" };
  for (const revision of ["HEAD~1", "nonsense", "--help", ""])
    assert.equal(await hostAtRevision(host, revision), undefined);
  assert.equal(await hostAtRevision({ ...host, directory: tmpdir() }, "HEAD"), undefined);
  assert.equal(await hostAtRevision({ ...host, directory: undefined }, "HEAD"), undefined);
});

test("a commit that is missing is not fetched by the program that the repository names", async (t) => {
  const { folder, git } = repository(t);
  const mark = join(folder, "ran");
  git("commit", "--quiet", "--allow-empty", "--message", "second");
  const parent = git("rev-parse", "HEAD~1");
  rmSync(join(folder, ".git/objects", parent.slice(0, 2), parent.slice(2)));
  git("config", "extensions.partialClone", "origin");
  git("config", "remote.origin.url", "ssh://localhost/x");
  git("config", "remote.origin.promisor", "true");
  git("config", "core.sshCommand", `touch ${mark}; false`);
  assert.equal(await hostAtRevision({ flake: folder, directory: folder, host: "vps" }, "HEAD~1"), undefined);
  assert.ok(!existsSync(mark), "the repository's program ran");
});
