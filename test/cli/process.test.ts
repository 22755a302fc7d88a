import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { promisify, stripVTControlCharacters } from "node:util";
import { bundle, runCommand, startCommand, writeFiles } from "./command.ts";
import { flakeWith, sshFlake, warns } from "./flakes.ts";

for (const [name, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  test(`${name} ends the command quietly with ${code}`, async (t) => {
    const child = startCommand(["check", "-"], { cwd: writeFiles(t, sshFlake) });
    const output = Promise.all([text(child.stdout), text(child.stderr)]);
    const ended = once(child, "close");
    // More than pipes hold: once it is written the command is known to read, and so to run.
    await new Promise((written) => child.stdin.write(" ".repeat(4_000_000), written));
    child.kill(name);
    assert.deepEqual(
      [await ended, await output],
      [
        [code, null],
        ["", ""],
      ],
    );
  });
}

test("a reader that goes away is no error", async (t) => {
  const cwd = writeFiles(t, { "flake.nix": flakeWith({}), "a.nix": warns(5000) });
  const child = startCommand(["check"], { cwd });
  const errors = text(child.stderr);
  child.stdin.end();
  child.stdout.destroy();
  const [code, signal] = await once(child, "close");
  assert.deepEqual({ code, signal, errors: await errors }, { code: 1, signal: null, errors: "" });
});

test("a large report reaches a pipe whole", async (t) => {
  const cwd = writeFiles(t, { "flake.nix": flakeWith({}), "a.nix": warns(5000) });
  const { stdout } = await runCommand(["check", "--format", "json"], { cwd });
  assert.equal(JSON.parse(stdout).findings.length, 5000);
});

test("a full disk is one line and no result", { skip: !existsSync("/dev/full") && "needs /dev/full" }, async (t) => {
  const cwd = writeFiles(t, sshFlake);
  const child = spawn("/bin/sh", ["-c", 'exec "$0" "$1" check > /dev/full', process.execPath, bundle], { cwd });
  const errors = text(child.stderr);
  const [code] = await once(child, "close");
  assert.deepEqual([code, await errors], [2, "nixos-vps: the output could not be written: no space left on device\n"]);
});

const hasScript = existsSync("/usr/bin/script");

test("a terminal gets colours, unless NO_COLOR is set", { skip: !hasScript && "needs script(1)" }, async (t) => {
  const cwd = writeFiles(t, sshFlake);
  const onTerminal = async (env: Record<string, string>): Promise<string> => {
    const command = `'${process.execPath}' '${bundle}' check; true`;
    const options = { cwd, env: { PATH: process.env["PATH"], TERM: "xterm-256color", ...env } };
    const { stdout } = await promisify(execFile)("script", ["-qec", command, "/dev/null"], options);
    return stdout.replaceAll("\r\n", "\n");
  };
  const plain = (await runCommand(["check"], { cwd })).stdout;
  const coloured = await onTerminal({});
  assert.ok(coloured.includes("\x1b[31merror"), coloured);
  assert.equal(stripVTControlCharacters(coloured), plain);
  assert.equal(await onTerminal({ NO_COLOR: "1" }), plain);
});
