import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { checkJson, places, readText, runCommand, writeFiles } from "./command.ts";
import { cleanFlake, persists, shadowRule, sshFlake, stale, staleFlake } from "./flakes.ts";

const name = ["-", "--stdin-filename", "persistence.nix"];

test("- checks standard input as the unsaved version of a file of its flake", async (t) => {
  const cwd = writeFiles(t, cleanFlake);
  const { report, code } = await checkJson(name, { cwd, input: persists("/etc/ssh") });
  assert.deepEqual([report.root, report.files, code], [cwd, 1, 1]);
  assert.deepEqual(places(report), [`${shadowRule} persistence.nix:3`]);
  assert.deepEqual(report.findings[0]?.hosts, ["vps"]);
  assert.equal(readText(cwd, "persistence.nix"), cleanFlake["persistence.nix"]);
});

test("what standard input says replaces what the file says", async (t) => {
  const { report } = await checkJson(name, { cwd: writeFiles(t, sshFlake), input: persists("/var/lib") });
  assert.deepEqual(report.findings, []);
});

test("the file of --stdin-filename need not exist, nor a flake around it", async (t) => {
  const cwd = writeFiles(t, {});
  const args = ["-", "--stdin-filename", "hosts/new.nix"];
  const { report } = await checkJson(args, { cwd, input: persists("/etc/ssh") });
  assert.equal(report.root, join(cwd, "hosts"));
  assert.deepEqual(places(report), [`${shadowRule} new.nix:3`]);
});

test("without --stdin-filename it is called stdin.nix", async (t) => {
  const { report } = await checkJson(["-"], { cwd: writeFiles(t, cleanFlake), input: persists("/etc/ssh") });
  assert.deepEqual(places(report), [`${shadowRule} stdin.nix:3`]);
});

test("- --fix prints the fixed text and keeps the file; the report goes to standard error", async (t) => {
  const cwd = writeFiles(t, staleFlake);
  const input = stale("/var/lib");
  const { code, stdout, stderr } = await runCommand(["check", "--fix", ...name], { cwd, input });
  assert.equal(code, 0);
  assert.match(stderr, /^fixed 1 finding in 1 file:\n[^\n]*\nNo findings in 1 file\.\n$/);
  assert.equal(readText(cwd, "persistence.nix"), staleFlake["persistence.nix"]);
  const again = await runCommand(["check", "--fix", ...name], { cwd, input: stdout });
  assert.equal(again.stdout, stdout);
});

test("- --fix --dry-run prints a diff of standard input", async (t) => {
  const { stdout } = await runCommand(["check", "--fix", "--dry-run", ...name], {
    cwd: writeFiles(t, cleanFlake),
    input: stale("/srv"),
  });
  assert.match(stdout, /^--- a\/persistence\.nix\n/);
});

test("standard input that is not UTF-8 gives 2", async (t) => {
  const { code, stderr } = await runCommand(["check", "-"], {
    cwd: writeFiles(t, {}),
    input: Buffer.from([0xff, 0xfe]),
  });
  assert.deepEqual(
    { code, stderr },
    { code: 2, stderr: "nixos-vps: cannot check standard input: it is not UTF-8 text\n" },
  );
});
