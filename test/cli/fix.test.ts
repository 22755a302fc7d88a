import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readText, runCommand, writeFiles } from "./command.ts";
import { flakeWith, persists, shadowRule, sshFlake, warns } from "./flakes.ts";

const file = "persistence.nix";

test("--fix repairs the file, says what it did, and reports what is left", async (t) => {
  const cwd = writeFiles(t, { ...sshFlake, "a.nix": warns() });
  const { code, stdout, stderr } = await runCommand(["check", "--fix"], { cwd });
  assert.match(stderr, /^fixed 1 finding in 1 file:\n {2}persistence\.nix:4:5 {2}\S.* {2}persist-dir-shadows-etc\n$/);
  assert.match(stdout, /^1 finding \(0 errors, 1 warning\) in 3 files\.$/m);
  assert.equal(code, 1);
  const again = await runCommand(["check", "--fix"], { cwd });
  assert.equal(again.stderr, "nothing to fix\n");
  assert.doesNotMatch(again.stdout, new RegExp(shadowRule));
  assert.deepEqual(readdirSync(cwd).sort(), ["a.nix", "flake.nix", "persistence.nix"]);
});

test("--fix exits with 0 when nothing is left", async (t) => {
  const { code, stdout } = await runCommand(["check", "--fix"], { cwd: writeFiles(t, sshFlake) });
  assert.deepEqual({ code, stdout }, { code: 0, stdout: "No findings in 2 files.\n" });
});

test("--fix goes on until no safe fix is left", async (t) => {
  const cwd = writeFiles(t, { ...sshFlake, [file]: persists("/etc/ssh", "/etc/ssl", "/etc/nix", "/etc/pam.d") });
  const { stderr } = await runCommand(["check", "--fix"], { cwd });
  assert.match(stderr, /^fixed 4 findings in 1 file:\n/);
  assert.equal((await runCommand(["check", "--fix"], { cwd })).stderr, "nothing to fix\n");
});

test("--fix keeps line ends, mode and what it need not touch", async (t) => {
  const before = `# Ünïcode 🦀\r\n${persists("/var/lib", "/etc/ssh", "/srv").replaceAll("\n", "\r\n")}`;
  const cwd = writeFiles(t, { ...sshFlake, [file]: before });
  chmodSync(join(cwd, file), 0o640);
  await runCommand(["check", "--fix"], { cwd });
  const after = readText(cwd, file);
  assert.notEqual(after, before);
  assert.doesNotMatch(after, /[^\r]\n/);
  assert.ok(after.startsWith("# Ünïcode 🦀\r\n{\r\n"), after);
  assert.equal(statSync(join(cwd, file)).mode & 0o777, 0o640);
});

test("--fix --dry-run writes nothing and prints a diff that git applies", async (t) => {
  const cwd = writeFiles(t, { ...sshFlake, "a.nix": warns() });
  const before = readText(cwd, file);
  const { code, stdout, stderr } = await runCommand(["check", "--fix", "--dry-run"], { cwd });
  assert.match(stdout, /^--- a\/persistence\.nix\n\+\+\+ b\/persistence\.nix\n@@ /);
  assert.match(stderr, /^would fix 1 finding in 1 file:\n/);
  assert.equal(code, 1);
  assert.equal(readText(cwd, file), before);

  execFileSync("git", ["apply", "-"], { cwd, input: stdout });
  const applied = readText(cwd, file);
  writeFileSync(join(cwd, file), before);
  await runCommand(["check", "--fix"], { cwd });
  assert.equal(readText(cwd, file), applied);
});

test("the diff of a file without a final line break applies too", async (t) => {
  const cwd = writeFiles(t, { ...sshFlake, [file]: persists("/etc/ssh").trimEnd() });
  const { stdout } = await runCommand(["check", "--fix", "--dry-run"], { cwd });
  assert.match(stdout, /^\\ No newline at end of file$/m);
  execFileSync("git", ["apply", "-"], { cwd, input: stdout });
  assert.equal((await runCommand(["check", "--fix"], { cwd })).stderr, "nothing to fix\n");
});

test("--fix touches only the findings that are shown", async (t) => {
  const cwd = writeFiles(t, {
    "flake.nix": flakeWith({ alpha: ["./a.nix"], beta: ["./b.nix"] }),
    "a.nix": persists("/etc/ssh"),
    "b.nix": persists("/etc/ssh"),
  });
  await runCommand(["check", "--fix", "--host", "alpha"], { cwd });
  assert.notEqual(readText(cwd, "a.nix"), persists("/etc/ssh"));
  assert.equal(readText(cwd, "b.nix"), persists("/etc/ssh"));
  await runCommand(["check", "--write-baseline", "accepted.json"], { cwd });
  await runCommand(["check", "--fix", "--baseline", "accepted.json"], { cwd });
  assert.equal(readText(cwd, "b.nix"), persists("/etc/ssh"));
});

test("--fix writes through a link inside the flake and leaves the link", async (t) => {
  const cwd = writeFiles(t, { "flake.nix": flakeWith({ vps: ["./link.nix"] }), "real/a.nix": persists("/etc/ssh") });
  symlinkSync("real/a.nix", join(cwd, "link.nix"));
  const { stderr } = await runCommand(["check", "--fix", "link.nix"], { cwd });
  assert.match(stderr, /^fixed 1 finding/);
  assert.ok(lstatSync(join(cwd, "link.nix")).isSymbolicLink());
  assert.notEqual(readText(cwd, "real/a.nix"), persists("/etc/ssh"));
});

test("--fix does not follow a link out of the flake", async (t) => {
  const cwd = writeFiles(t, {
    "flake/flake.nix": flakeWith({ vps: ["./link.nix"] }),
    "outside.nix": persists("/etc/ssh"),
  });
  symlinkSync("../outside.nix", join(cwd, "flake/link.nix"));
  const { code, stderr } = await runCommand(["check", "--fix", "flake/link.nix"], { cwd });
  const link = join(cwd, "flake/link.nix");
  assert.equal(stderr, `nixos-vps: ${link} is not fixed: it lies outside the flake\nnothing to fix\n`);
  assert.equal(readText(cwd, "outside.nix"), persists("/etc/ssh"));
  assert.equal(code, 1);
});

test("--fix leaves a file alone that is not UTF-8", async (t) => {
  const latin = Buffer.concat([Buffer.from("# caf\xe9\n", "latin1"), Buffer.from(persists("/etc/ssh"))]);
  const cwd = writeFiles(t, { ...sshFlake, [file]: latin });
  const { code, stderr } = await runCommand(["check", "--fix"], { cwd });
  assert.equal(stderr, `nixos-vps: ${join(cwd, file)} is not fixed: it is not UTF-8\nnothing to fix\n`);
  assert.equal(code, 1);
});

test("--fix gives 2 where it may not write", async (t) => {
  const cwd = writeFiles(t, { "flake.nix": flakeWith({ vps: ["./sub/a.nix"] }), "sub/a.nix": persists("/etc/ssh") });
  // Root may write everywhere, so the command runs as nobody.
  const nobody = process.getuid?.() === 0 ? { uid: 65534 } : {};
  chmodSync(cwd, 0o755);
  chmodSync(join(cwd, "sub"), 0o555);
  const { code, stderr } = await runCommand(["check", "--fix"], { cwd, ...nobody });
  chmodSync(join(cwd, "sub"), 0o755);
  const line = `nixos-vps: cannot write ${join(cwd, "sub/a.nix")}: permission denied\n`;
  assert.deepEqual({ code, stderr }, { code: 2, stderr: line });
  assert.deepEqual(readdirSync(join(cwd, "sub")), ["a.nix"]);
});

test("--fix in a repository below a directory of the same flake keeps to the flake of each path", async (t) => {
  const cwd = writeFiles(t, { "one/flake.nix": flakeWith({ one: ["./a.nix"] }), "one/a.nix": persists("/etc/ssh") });
  mkdirSync(join(cwd, "two"));
  writeFileSync(join(cwd, "two/flake.nix"), flakeWith({ two: ["./a.nix"] }));
  writeFileSync(join(cwd, "two/a.nix"), persists("/etc/nix"));
  const { stderr } = await runCommand(["check", "--fix", "one", "two"], { cwd });
  assert.match(stderr, /^fixed 2 findings in 2 files:\n {2}one\/a\.nix:3:5 .*\n {2}two\/a\.nix:3:5 /);
});
