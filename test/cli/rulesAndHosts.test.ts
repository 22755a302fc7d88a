import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/root.mjs";
import { checkJson, places, runCommand, writeFiles } from "./command.ts";
import { flakeWith, persists, shadowRule, sshFlake, warningRule, warns } from "./flakes.ts";

test("--rule sets severities, several of them, the last one wins", async (t) => {
  const cwd = writeFiles(t, { ...sshFlake, "a.nix": warns() });
  const rules = ["--rule", `${shadowRule}=hint`, "--rule", `${warningRule}=error`, "--rule", `${shadowRule}=warning`];
  const { report } = await checkJson(rules, { cwd });
  assert.deepEqual(
    report.findings.map(({ rule, severity }) => [rule, severity]),
    [
      [warningRule, "error"],
      [shadowRule, "warning"],
    ],
  );
});

test("--rule RULE=off silences a rule", async (t) => {
  const { report, code } = await checkJson(["--rule", `${shadowRule}=off`], { cwd: writeFiles(t, sshFlake) });
  assert.deepEqual([report.findings, code], [[], 0]);
});

test("--persistence-option names a private option", async (t) => {
  const cwd = writeFiles(t, {
    "flake.nix": flakeWith({ vps: ["./a.nix"] }),
    "a.nix": `{\n  my.keep.directories = [ "/etc/ssh" "/var/lib/nixos" "/etc/machine-id" ];\n}\n`,
  });
  assert.deepEqual((await checkJson(["--rule", `${shadowRule}=error`], { cwd })).report.findings, []);
  const { report } = await checkJson(["--persistence-option", "my.keep.directories"], { cwd });
  assert.deepEqual(places(report), [`${shadowRule} a.nix:2`]);
});

const twoHosts = {
  "flake.nix": flakeWith({ alpha: ["./common.nix", "./alpha.nix"], beta: ["./common.nix", "./beta.nix"] }),
  "common.nix": persists("/etc/ssh"),
  "alpha.nix": persists("/etc/nix"),
  "beta.nix": persists("/etc/ssl"),
};

test("--host shows what reaches the host", async (t) => {
  const cwd = writeFiles(t, twoHosts);
  const { report } = await checkJson(["--host", "beta"], { cwd });
  assert.deepEqual(places(report), [`${shadowRule} beta.nix:3`, `${shadowRule} common.nix:3`]);
  assert.deepEqual(report.findings[1]?.hosts, ["alpha", "beta"]);
  const both = await checkJson(["--host", "beta", "--host", "alpha"], { cwd });
  assert.equal(both.report.findings.length, 3);
});

test("--host with a name that is no host lists the hosts", async (t) => {
  const { code, stderr } = await runCommand(["check", "--host", "gamma"], { cwd: writeFiles(t, twoHosts) });
  assert.deepEqual(
    { code, stderr },
    { code: 2, stderr: 'nixos-vps: unknown host "gamma" (the hosts are alpha, beta)\n' },
  );
});

test("--host where there are no hosts says so", async (t) => {
  const cwd = writeFiles(t, { "a.nix": "{ }\n" });
  const { stderr } = await runCommand(["check", "--host", "vps"], { cwd });
  assert.equal(stderr, 'nixos-vps: unknown host "vps" (no hosts were found without evaluation)\n');
});

test("rules lists every rule that has a page", async (t) => {
  const cwd = writeFiles(t, {});
  const pages = readdirSync(join(root, "docs/rules")).map((name) => name.replace(/\.md$/, ""));
  const { code, stdout } = await runCommand(["rules", "--format", "json"], { cwd });
  const { version, rules } = JSON.parse(stdout);
  assert.equal(code, 0);
  assert.equal(version, 1);
  assert.deepEqual(rules.map(({ id }: { id: string }) => id).sort(), pages.sort());
  for (const rule of rules)
    assert.deepEqual(Object.keys(rule), ["id", "severity", "title", "summary", "documentation"]);
  const text = (await runCommand(["rules"], { cwd })).stdout;
  assert.equal(text.trimEnd().split("\n").length, rules.length);
  assert.match(text, /^persist-dir-shadows-etc +error {4}\S/m);
});

test("explain prints the page of a rule", async (t) => {
  const { code, stdout } = await runCommand(["explain", shadowRule], { cwd: writeFiles(t, {}) });
  assert.equal(stdout, readFileSync(join(root, `docs/rules/${shadowRule}.md`), "utf8"));
  assert.equal(code, 0);
});

test("--version is that of the package", async (t) => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const result = await runCommand(["--version"], { cwd: writeFiles(t, {}) });
  assert.deepEqual(result, { code: 0, stdout: `nixos-vps ${version}\n`, stderr: "" });
});

test("help fits into 80 columns and names every option", async (t) => {
  const cwd = writeFiles(t, {});
  for (const args of [
    ["--help"],
    ["help"],
    ["check", "--help"],
    ["help", "check"],
    ["explain", "-h"],
    ["rules", "--help"],
  ]) {
    const { code, stdout, stderr } = await runCommand(args, { cwd });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(stdout, /^Usage: nixos-vps/m);
    assert.match(stdout, /^Examples:\n {2}\S/m);
    for (const line of stdout.split("\n")) assert.ok(line.length < 80, line);
  }
  const { stdout } = await runCommand(["check", "--help"], { cwd });
  for (const name of [
    "format",
    "max-warnings",
    "fix",
    "dry-run",
    "rule",
    "host",
    "baseline",
    "write-baseline",
    "stdin-filename",
  ])
    assert.match(stdout, new RegExp(`^ {2}--${name} `, "m"));
  assert.match(stdout, /Exit code: 0/);
});
