import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommand, writeFiles } from "./command.ts";
import { cleanFlake, shadowRule, sshFlake, warningRule, warns } from "./flakes.ts";

test("what would control a terminal is not printed in a message", async (t) => {
  const { code, stderr } = await runCommand(["\u001b[2Jx"], { cwd: writeFiles(t, cleanFlake) });
  assert.deepEqual([code, stderr.split('"')[1]], [2, "\ufffd[2Jx"]);
});

test("a clean flake gives 0 and one line", async (t) => {
  const result = await runCommand(["check"], { cwd: writeFiles(t, cleanFlake) });
  assert.deepEqual(result, { code: 0, stdout: "No findings in 2 files.\n", stderr: "" });
});

test("an error gives 1", async (t) => {
  const { code, stdout, stderr } = await runCommand(["check"], { cwd: writeFiles(t, sshFlake) });
  assert.match(
    stdout,
    /^persistence\.nix\n {2}4:5 {2}error {2}.*\/etc\/ssh.* {2}persist-dir-shadows-etc\n {6}4 \| {5}"\/etc\/ssh"\n/,
  );
  assert.match(stdout, /\n1 finding \(1 error, 0 warnings\) in 2 files(?:; 1 fixable with --fix)?\.\n$/);
  assert.deepEqual({ code, stderr }, { code: 1, stderr: "" });
});

test("a warning gives 1 unless --max-warnings allows it", async (t) => {
  const cwd = writeFiles(t, { ...cleanFlake, "a.nix": warns(2) });
  assert.equal((await runCommand(["check"], { cwd })).code, 1);
  assert.equal((await runCommand(["check", "--max-warnings", "2"], { cwd })).code, 0);
  const { code, stderr } = await runCommand(["check", "--max-warnings=1"], { cwd });
  assert.deepEqual({ code, stderr }, { code: 1, stderr: "nixos-vps: 2 warnings, and --max-warnings allows 1\n" });
});

test("--max-warnings allows no error", async (t) => {
  const { code } = await runCommand(["check", "--max-warnings", "9"], { cwd: writeFiles(t, sshFlake) });
  assert.equal(code, 1);
});

test("infos and hints are reported and give 0", async (t) => {
  const cwd = writeFiles(t, { ...sshFlake, "a.nix": warns() });
  const rules = ["--rule", `${shadowRule}=hint`, "--rule", `${warningRule}=info`];
  const { code, stdout } = await runCommand(["check", ...rules], { cwd });
  assert.match(stdout, /2 findings \(0 errors, 0 warnings, 1 info, 1 hint\)/);
  assert.equal(code, 0);
});

for (const [args, message] of [
  [["check", "nowhere"], "cannot check nowhere: no such file or directory"],
  [["check", "notes.txt"], "cannot check notes.txt: neither a directory nor a .nix file"],
  [["check", "binary.nix"], /^cannot check .*binary\.nix: it is binary$/],
  [["check", "--formt", "json"], 'unknown option --formt; did you mean "--format"? (nixos-vps check --help)'],
  [["check", "--nonsense"], "unknown option --nonsense (nixos-vps check --help)"],
  [["check", "--format"], "--format needs an argument: --format FORMAT (nixos-vps check --help)"],
  [["check", "--format", "--fix"], "--format needs an argument: --format FORMAT (nixos-vps check --help)"],
  [["check", "--format", "xml"], 'unknown format "xml": use text, unix, json, sarif, github'],
  [["check", "--fix=yes"], "--fix takes no argument (nixos-vps check --help)"],
  [["check", "--max-warnings", "many"], '--max-warnings needs a number, not "many"'],
  [["check", "--max-warnings", "-1"], '--max-warnings needs a number, not "-1"'],
  [["check", "--rule", shadowRule], `--rule needs ID=SEVERITY, not "${shadowRule}"`],
  [
    ["check", "--rule", "persist-dir-shadow-etc=off"],
    `unknown rule "persist-dir-shadow-etc"; did you mean "${shadowRule}"? (nixos-vps rules lists them)`,
  ],
  [["check", "--rule", "q=off"], 'unknown rule "q" (nixos-vps rules lists them)'],
  [
    ["check", "--rule", `${shadowRule}=fatal`],
    `unknown severity "fatal" for ${shadowRule}: use error, warning, info, hint, off`,
  ],
  [["check", "--host", "vsp"], 'unknown host "vsp"; did you mean "vps"? (the only host is vps)'],
  [["check", "--dry-run"], "--dry-run goes with --fix"],
  [["check", "--fix", "--dry-run", "--format", "json"], "--fix --dry-run prints a diff; leave out --format"],
  [["check", "-", "flake.nix"], "- (standard input) goes with no other path"],
  [["check", "--stdin-filename", "a.nix"], "--stdin-filename goes with the path -"],
  [
    ["check", "--baseline", "none.json"],
    /^cannot read the baseline .*none\.json: no such file or directory \(--write-baseline makes one\)$/,
  ],
  [["check", "--baseline", "flake.nix"], /flake\.nix is not a baseline of this version; --write-baseline makes one$/],
  [["explain"], "explain needs one rule id (nixos-vps rules lists them)"],
  [
    ["explain", "persist-dir-shadow-etc"],
    `unknown rule "persist-dir-shadow-etc"; did you mean "${shadowRule}"? (nixos-vps rules lists them)`,
  ],
  [["rules", "--format", "sarif"], 'unknown format "sarif": use text, json'],
  [["rules", "a"], 'rules takes no argument, not "a" (nixos-vps explain RULE)'],
  [["chekc"], 'unknown command "chekc"; did you mean "check"? (nixos-vps --help)'],
  [["flake.nix"], 'unknown command "flake.nix"; did you mean "nixos-vps check flake.nix"? (nixos-vps --help)'],
  [["--fix"], "unknown option --fix before a command (nixos-vps --help)"],
] as const) {
  test(`"${args.join(" ")}" gives 2 and one line that says why`, async (t) => {
    const cwd = writeFiles(t, {
      ...sshFlake,
      "notes.txt": "",
      ".gitignore": "binary.nix",
      "binary.nix": Buffer.from([0]),
    });
    const { code, stdout, stderr } = await runCommand(args, { cwd });
    const line = /^nixos-vps: (.*)\n$/.exec(stderr)?.[1] ?? assert.fail(stderr);
    if (typeof message === "string") assert.equal(line, message);
    else assert.match(line, message);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
  });
}

test("without a command there is help on standard error and 2", async (t) => {
  const { code, stdout, stderr } = await runCommand([], { cwd: writeFiles(t, {}) });
  assert.match(stderr, /^Usage: nixos-vps COMMAND/m);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
});
