import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand, writeFiles } from "./command.ts";
import { shadowRule, sshFlake } from "./flakes.ts";

test("--format sarif names files relative to the repository and brings the rule's page", async (t) => {
  const files = Object.fromEntries(Object.entries(sshFlake).map(([path, content]) => [`machines/${path}`, content]));
  const cwd = writeFiles(t, files);
  mkdirSync(join(cwd, ".git"));
  const { code, stdout, stderr } = await runCommand(["check", "--format", "sarif", "machines"], { cwd });
  assert.deepEqual({ code, stderr }, { code: 1, stderr: "" });
  const [run] = JSON.parse(stdout).runs;
  const [result] = run.results;
  assert.equal(result.ruleId, shadowRule);
  assert.equal(result.locations[0].physicalLocation.artifactLocation.uri, "machines/persistence.nix");
  const rule = run.tool.driver.rules[result.ruleIndex];
  assert.equal(rule.id, shadowRule);
  assert.match(rule.helpUri, /^https:\/\/.*\/docs\/rules\/persist-dir-shadows-etc\.md$/);
  assert.match(rule.help.markdown, /^# /);
});

test("--format github names files relative to GITHUB_WORKSPACE", async (t) => {
  const files = Object.fromEntries(Object.entries(sshFlake).map(([path, content]) => [`machines/${path}`, content]));
  const workspace = writeFiles(t, files);
  const options = { cwd: join(workspace, "machines"), env: { GITHUB_WORKSPACE: workspace } };
  const { stdout } = await runCommand(["check", "--format", "github"], options);
  assert.match(
    stdout,
    /^::error file=machines\/persistence\.nix,line=4,col=5,endColumn=15,endLine=4,title=persist-dir-shadows-etc::\S.* \(vps\)\n$/,
  );
});
