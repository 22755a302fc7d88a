import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkJson, places, runCommand, writeFiles } from "./command.ts";
import { flakeWith, persists, shadowRule, sshFlake, warns } from "./flakes.ts";

const twoModules = {
  "flake.nix": flakeWith({ vps: ["./modules/a.nix", "./modules/sub/b.nix"] }),
  "modules/a.nix": persists("/etc/ssh"),
  "modules/sub/b.nix": persists("/etc/nix"),
};

test("a flake directory is checked whole, and json says where and what", async (t) => {
  const cwd = writeFiles(t, twoModules);
  const { report, code } = await checkJson(["."], { cwd });
  assert.deepEqual(Object.keys(report), ["version", "root", "files", "durationMs", "findings"]);
  assert.deepEqual(
    { ...report, durationMs: 0, findings: [] },
    { version: 1, root: cwd, files: 3, durationMs: 0, findings: [] },
  );
  assert.deepEqual(places(report), [`${shadowRule} modules/a.nix:3`, `${shadowRule} modules/sub/b.nix:3`]);
  const [{ message, fixable, ...first } = assert.fail()] = report.findings;
  assert.match(message, /\/etc\/ssh/);
  assert.equal(typeof fixable, "boolean");
  assert.deepEqual(first, {
    rule: shadowRule,
    severity: "error",
    file: "modules/a.nix",
    line: 3,
    column: 5,
    endLine: 3,
    endColumn: 15,
    hosts: ["vps"],
  });
  assert.equal(code, 1);
});

test("the current directory is the default", async (t) => {
  const { report } = await checkJson([], { cwd: writeFiles(t, twoModules) });
  assert.equal(report.findings.length, 2);
});

test("a directory in a flake is checked as part of it", async (t) => {
  const cwd = writeFiles(t, twoModules);
  for (const [args, directory] of [
    [["modules/sub/"], cwd],
    [[], join(cwd, "modules/sub")],
  ] as const) {
    const { report } = await checkJson(args, { cwd: directory });
    assert.equal(report.root, cwd);
    assert.equal(report.files, 1);
    assert.deepEqual(places(report), [`${shadowRule} modules/sub/b.nix:3`]);
    assert.deepEqual(report.findings[0]?.hosts, ["vps"]);
  }
});

test("a file is checked within its flake, and only its findings are shown", async (t) => {
  const cwd = writeFiles(t, twoModules);
  const { report } = await checkJson(["modules/a.nix"], { cwd });
  assert.deepEqual([report.root, report.files], [cwd, 1]);
  assert.deepEqual(places(report), [`${shadowRule} modules/a.nix:3`]);
  assert.deepEqual(report.findings[0]?.hosts, ["vps"]);
});

test("several files and a file named twice are each shown once", async (t) => {
  const { report } = await checkJson(["modules/a.nix", "modules/sub/b.nix", "modules/a.nix"], {
    cwd: writeFiles(t, twoModules),
  });
  assert.deepEqual(places(report), [`${shadowRule} modules/a.nix:3`, `${shadowRule} modules/sub/b.nix:3`]);
});

test("the search for flake.nix does not leave the repository", async (t) => {
  const cwd = writeFiles(t, { ...sshFlake, "vendored/.git/HEAD": "", "vendored/modules/a.nix": warns() });
  const { report } = await checkJson(["vendored/modules"], { cwd });
  assert.equal(report.root, join(cwd, "vendored/modules"));
});

test("a directory without a flake is checked for itself", async (t) => {
  const cwd = writeFiles(t, { "configuration.nix": persists("/etc/ssh") });
  const { report } = await checkJson([], { cwd });
  assert.deepEqual(places(report), [`${shadowRule} configuration.nix:3`]);
});

test("a file without a flake is checked alone", async (t) => {
  const cwd = writeFiles(t, { "configuration.nix": persists("/etc/ssh"), "other.nix": persists("/etc/nix") });
  const { report } = await checkJson(["configuration.nix"], { cwd });
  assert.deepEqual([report.root, report.files], [cwd, 1]);
  assert.deepEqual(places(report), [`${shadowRule} configuration.nix:3`]);
});

test("several flakes share one report whose root holds them all", async (t) => {
  const cwd = writeFiles(t, {
    "one/flake.nix": flakeWith({ one: ["./a.nix"] }),
    "one/a.nix": persists("/etc/ssh"),
    "two/flake.nix": flakeWith({ two: ["./a.nix"] }),
    "two/a.nix": persists("/etc/nix"),
  });
  const { report } = await checkJson(["one", "two"], { cwd });
  assert.equal(report.root, cwd);
  assert.equal(report.files, 4);
  assert.deepEqual(places(report), [`${shadowRule} one/a.nix:3`, `${shadowRule} two/a.nix:3`]);
  assert.deepEqual(
    report.findings.map(({ hosts }) => hosts),
    [["one"], ["two"]],
  );
});

test("flakes below a directory answer for their own files", async (t) => {
  const cwd = writeFiles(t, {
    "one/flake.nix": flakeWith({ one: ["./a.nix"] }),
    "one/a.nix": persists("/etc/ssh"),
    "one/inner/flake.nix": flakeWith({ inner: ["./a.nix"] }),
    "one/inner/a.nix": persists("/etc/nix"),
    "loose.nix": persists("/etc/pam.d"),
  });
  const expected = [
    ["loose.nix", []],
    ["one/a.nix", ["one"]],
    ["one/inner/a.nix", ["inner"]],
  ];
  for (const paths of [[], ["one", "."], [".", "one/inner/a.nix"]]) {
    const { report } = await checkJson(paths, { cwd });
    assert.deepEqual([report.root, report.files], [cwd, 5]);
    assert.deepEqual(report.findings.map(({ file, hosts }) => [file, hosts]).sort(), expected);
  }
  const { report } = await checkJson([], { cwd: join(cwd, "one") });
  assert.deepEqual(places(report), [`${shadowRule} a.nix:3`, `${shadowRule} inner/a.nix:3`]);
});

test("a file that the search passes over is checked when it is named", async (t) => {
  const cwd = writeFiles(t, { ...sshFlake, ".gitignore": "local.nix\n", "local.nix": warns() });
  assert.equal((await checkJson([], { cwd })).report.findings.length, 1);
  const { report } = await checkJson(["local.nix"], { cwd });
  assert.deepEqual(places(report), ["unknown-suppression local.nix:1"]);
});

test("a link that leads nowhere gives 2 and one line", async (t) => {
  const cwd = writeFiles(t, sshFlake);
  symlinkSync("nowhere.nix", join(cwd, "link.nix"));
  const { code, stderr } = await runCommand(["check", "link.nix"], { cwd });
  assert.deepEqual(
    { code, stderr },
    { code: 2, stderr: "nixos-vps: cannot check link.nix: no such file or directory\n" },
  );
});

test("what may not be read gives 2 and one line, named or found", async (t) => {
  const cwd = writeFiles(t, sshFlake);
  // Root may read everything, so the command runs as nobody.
  const nobody = process.getuid?.() === 0 ? { uid: 65534 } : {};
  chmodSync(cwd, 0o755);
  mkdirSync(join(cwd, "private"), { mode: 0 });
  chmodSync(join(cwd, "persistence.nix"), 0);
  for (const [path, named] of [
    ["persistence.nix", "persistence.nix"],
    ["private", "private"],
    [".", join(cwd, "persistence.nix")],
  ] as const) {
    const { code, stdout, stderr } = await runCommand(["check", path], { cwd, ...nobody });
    assert.deepEqual(
      { code, stdout, stderr },
      { code: 2, stdout: "", stderr: `nixos-vps: cannot check ${named}: permission denied\n` },
    );
  }
});

test("a file that cannot be a module is passed over with a line that says so", async (t) => {
  const cwd = writeFiles(t, { ...sshFlake, "image.nix": Buffer.from([0, 1, 2]) });
  const { code, stderr } = await runCommand(["check"], { cwd });
  assert.equal(
    stderr,
    `nixos-vps: ${join(cwd, "image.nix")} is not checked: it is binary or too large to be a module\n`,
  );
  assert.equal(code, 1);
});

test("a file that is not UTF-8 is checked", async (t) => {
  const latin = Buffer.concat([Buffer.from("# caf\xe9\n", "latin1"), Buffer.from(persists("/etc/ssh"))]);
  const { report } = await checkJson([], { cwd: writeFiles(t, { ...sshFlake, "persistence.nix": latin }) });
  assert.deepEqual(places(report), [`${shadowRule} persistence.nix:4`]);
});
