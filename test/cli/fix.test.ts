import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readText, runCommand, writeFiles } from "./command.ts";
import { fixableRule, flakeWith, persists, shadowRule, stale, staleFlake, warns } from "./flakes.ts";

const file = "persistence.nix";

test("--fix repairs the file, says what it did, and reports what is left", async (t) => {
  const cwd = writeFiles(t, { ...staleFlake, "a.nix": warns() });
  const { code, stdout, stderr } = await runCommand(["check", "--fix"], { cwd });
  assert.match(stderr, /^fixed 1 finding in 1 file:\n {2}persistence\.nix:4:32 {2}\S.* {2}unused-suppression\n$/);
  assert.match(stdout, /^1 finding \(0 errors, 1 warning\) in 3 files\.$/m);
  assert.equal(code, 1);
  const again = await runCommand(["check", "--fix"], { cwd });
  assert.equal(again.stderr, "nothing to fix\n");
  assert.doesNotMatch(again.stdout, new RegExp(fixableRule));
  assert.deepEqual(readdirSync(cwd).sort(), ["a.nix", "flake.nix", "persistence.nix"]);
});

test("--fix exits with 0 when nothing is left", async (t) => {
  const { code, stdout } = await runCommand(["check", "--fix"], { cwd: writeFiles(t, staleFlake) });
  assert.deepEqual({ code, stdout }, { code: 0, stdout: "No findings in 2 files.\n" });
});

test("--fix goes on until no safe fix is left", async (t) => {
  const cwd = writeFiles(t, { ...staleFlake, [file]: stale("/a", "/b", "/c", "/d") });
  const { stderr } = await runCommand(["check", "--fix"], { cwd });
  assert.match(stderr, /^fixed 4 findings in 1 file:\n/);
  assert.equal((await runCommand(["check", "--fix"], { cwd })).stderr, "nothing to fix\n");
});

test("--fix keeps line ends, mode and what it need not touch", async (t) => {
  const crlf = (text: string): string => text.replaceAll("\n", "\r\n");
  const comment = `# nixos-vps: ignore ${shadowRule}\n`;
  const cwd = writeFiles(t, { ...staleFlake, [file]: crlf(`# Ünïcode 🦀\n${comment}${stale("/var/lib", "/srv")}`) });
  chmodSync(join(cwd, file), 0o640);
  await runCommand(["check", "--fix"], { cwd });
  assert.equal(readText(cwd, file), crlf(`# Ünïcode 🦀\n${persists("/var/lib", "/srv")}`));
  assert.equal(statSync(join(cwd, file)).mode & 0o777, 0o640);
});

test("--fix --dry-run writes nothing and prints a diff that git applies", async (t) => {
  const cwd = writeFiles(t, { ...staleFlake, "a.nix": warns() });
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
  const cwd = writeFiles(t, { ...staleFlake, [file]: stale("/srv").trimEnd() });
  const { stdout } = await runCommand(["check", "--fix", "--dry-run"], { cwd });
  assert.match(stdout, /^\\ No newline at end of file$/m);
  execFileSync("git", ["apply", "-"], { cwd, input: stdout });
  assert.equal((await runCommand(["check", "--fix"], { cwd })).stderr, "nothing to fix\n");
});

test("--fix touches only the findings that are shown", async (t) => {
  const cwd = writeFiles(t, { ...staleFlake, "a.nix": stale("/srv"), "b.nix": stale("/srv") });
  await runCommand(["check", "--fix", "a.nix"], { cwd });
  assert.equal(readText(cwd, "a.nix"), persists("/srv"));
  assert.equal(readText(cwd, "b.nix"), stale("/srv"));
  await runCommand(["check", "--write-baseline", "accepted.json"], { cwd });
  await runCommand(["check", "--fix", "--baseline", "accepted.json"], { cwd });
  assert.equal(readText(cwd, "b.nix"), stale("/srv"));
});

test("--fix writes through a link inside the flake and leaves the link", async (t) => {
  const cwd = writeFiles(t, { "flake.nix": flakeWith({ vps: ["./link.nix"] }), "real/a.nix": stale("/srv") });
  symlinkSync("real/a.nix", join(cwd, "link.nix"));
  const { stderr } = await runCommand(["check", "--fix", "link.nix"], { cwd });
  assert.match(stderr, /^fixed 1 finding/);
  assert.ok(lstatSync(join(cwd, "link.nix")).isSymbolicLink());
  assert.notEqual(readText(cwd, "real/a.nix"), stale("/srv"));
});

test("--fix does not follow a link out of the flake", async (t) => {
  const cwd = writeFiles(t, {
    "flake/flake.nix": flakeWith({ vps: ["./link.nix"] }),
    "outside.nix": stale("/srv"),
  });
  symlinkSync("../outside.nix", join(cwd, "flake/link.nix"));
  const { code, stderr } = await runCommand(["check", "--fix", "flake/link.nix"], { cwd });
  const link = join(cwd, "flake/link.nix");
  assert.equal(stderr, `nixos-vps: ${link} is not fixed: it lies outside the flake\nnothing to fix\n`);
  assert.equal(readText(cwd, "outside.nix"), stale("/srv"));
  assert.equal(code, 1);
});

test("--fix leaves a file alone that is not UTF-8", async (t) => {
  const latin = Buffer.concat([Buffer.from("# caf\xe9\n", "latin1"), Buffer.from(stale("/srv"))]);
  const cwd = writeFiles(t, { ...staleFlake, [file]: latin });
  const { code, stderr } = await runCommand(["check", "--fix"], { cwd });
  assert.equal(stderr, `nixos-vps: ${join(cwd, file)} is not fixed: it is not UTF-8\nnothing to fix\n`);
  assert.equal(code, 1);
});

test("--fix gives 2 where it may not write", async (t) => {
  const cwd = writeFiles(t, { "flake.nix": flakeWith({ vps: ["./sub/a.nix"] }), "sub/a.nix": stale("/srv") });
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
  const cwd = writeFiles(t, { "one/flake.nix": flakeWith({ one: ["./a.nix"] }), "one/a.nix": stale("/srv") });
  mkdirSync(join(cwd, "two"));
  writeFileSync(join(cwd, "two/flake.nix"), flakeWith({ two: ["./a.nix"] }));
  writeFileSync(join(cwd, "two/a.nix"), stale("/opt"));
  const { stderr } = await runCommand(["check", "--fix", "one", "two"], { cwd });
  assert.match(stderr, /^fixed 2 findings in 2 files:\n {2}one\/a\.nix:3:32 .*\n {2}two\/a\.nix:3:32 /);
});
