import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkJson, places, readText, runCommand, writeFiles } from "./command.ts";
import { persists, shadowRule, sshFlake, warns } from "./flakes.ts";

test("--write-baseline accepts what there is; --baseline leaves it out", async (t) => {
  const cwd = writeFiles(t, sshFlake);
  const written = await runCommand(["check", "--write-baseline", "accepted.json"], { cwd });
  assert.deepEqual(written, { code: 0, stdout: "", stderr: `${join(cwd, "accepted.json")} accepts 1 finding\n` });
  const { version, findings } = JSON.parse(readText(cwd, "accepted.json"));
  assert.equal(version, 1);
  assert.deepEqual(Object.keys(findings[0]), ["rule", "file", "fingerprint"]);
  assert.deepEqual([findings.length, findings[0].rule, findings[0].file], [1, shadowRule, "persistence.nix"]);
  assert.deepEqual(await runCommand(["check", "--baseline", "accepted.json"], { cwd }), {
    code: 0,
    stdout: "No findings in 2 files.\n",
    stderr: "",
  });
});

test("a baseline holds when lines move and are indented anew, and lets new findings through", async (t) => {
  const cwd = writeFiles(t, sshFlake);
  await runCommand(["check", "--write-baseline", "accepted.json"], { cwd });
  const moved = `# A comment.\n\n${persists("/etc/nix", "/etc/ssh").replaceAll("    ", "\t")}`;
  writeFileSync(join(cwd, "persistence.nix"), moved);
  const { report, code } = await checkJson(["--baseline", "accepted.json"], { cwd });
  assert.deepEqual(places(report), [`${shadowRule} persistence.nix:5`]);
  assert.equal(code, 1);
});

test("a baseline accepts as many findings on equal lines as there were", async (t) => {
  const cwd = writeFiles(t, { ...sshFlake, "a.nix": warns(2) });
  await runCommand(["check", "--write-baseline", "accepted.json"], { cwd });
  writeFileSync(join(cwd, "a.nix"), warns(3));
  const { report } = await checkJson(["--baseline", "accepted.json"], { cwd });
  assert.deepEqual(places(report), ["unknown-suppression a.nix:3"]);
});

test("a baseline holds for other paths and from other directories", async (t) => {
  const cwd = writeFiles(t, sshFlake);
  mkdirSync(join(cwd, "ci"));
  await runCommand(["check", "--write-baseline", "ci/accepted.json"], { cwd });
  assert.equal((await checkJson(["--baseline", "ci/accepted.json", "persistence.nix"], { cwd })).code, 0);
  assert.equal((await checkJson(["--baseline", "accepted.json", ".."], { cwd: join(cwd, "ci") })).code, 0);
});

test("a baseline of several flakes holds for each of them", async (t) => {
  const cwd = writeFiles(t, { "one/a.nix": warns(), "two/a.nix": warns() });
  await runCommand(["check", "--write-baseline", "accepted.json", "one", "two"], { cwd });
  const { code, stderr } = await runCommand(["check", "--baseline", "accepted.json", "two"], { cwd });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
});

test("findings of a baseline that are gone are counted where they were looked for", async (t) => {
  const cwd = writeFiles(t, { ...sshFlake, "a.nix": warns() });
  await runCommand(["check", "--write-baseline", "accepted.json"], { cwd });
  writeFileSync(join(cwd, "a.nix"), "{ }\n");
  const { code, stderr } = await runCommand(["check", "--baseline", "accepted.json"], { cwd });
  const note = `${join(cwd, "accepted.json")}: 1 finding gone since it was written (--write-baseline updates it)\n`;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: note });
  assert.equal((await runCommand(["check", "--baseline", "accepted.json", "flake.nix"], { cwd })).stderr, "");
});

test("a baseline that cannot be written gives 2", async (t) => {
  const cwd = writeFiles(t, sshFlake);
  const { code, stderr } = await runCommand(["check", "--write-baseline", "no/accepted.json"], { cwd });
  const file = join(cwd, "no/accepted.json");
  const line = `nixos-vps: cannot write the baseline ${file}: no such file or directory\n`;
  assert.deepEqual({ code, stderr }, { code: 2, stderr: line });
});
