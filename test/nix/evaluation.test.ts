import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { type CommandResult, runCommand, startCommand } from "../cli/command.ts";
import { bareCommand, type ClosureCommand, tinyFlake } from "./closureCommand.ts";

let command: ClosureCommand;

before(() => {
  command = bareCommand();
});
after(() => command.store.remove());

test("--build builds what is missing", async () => {
  const directory = tinyFlake(
    command.store,
    "tiny",
    `derivation {
      name = "nixos-system-tiny";
      system = "x86_64-linux";
      builder = "/bin/sh";
      args = [ "-c" "echo built > $out" ];
    }`,
  );
  const missing = await command.closure(`${directory}#tiny`, "--format", "json");
  assert.equal(missing.code, 2);
  const { estimate, root } = JSON.parse(missing.stdout);
  assert.equal(estimate.toBuild, 1);
  const { code, stdout, stderr } = await command.closure(
    `${directory}#tiny`,
    "--build",
    "--progress",
    "--format",
    "json",
  );
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).root, root);
  assert.match(stderr, /^nixos-vps: evaluating tiny\nnixos-vps: building tiny\n/);
  assert.equal(readFileSync(root, "utf8"), "built\n");
});

test("a build that fails is told with the end of its log, also when something else needs what was not built", async () => {
  const made = (name: string, script: string): string =>
    `derivation { name = "${name}"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "${script}" ]; }`;
  const part = made("part", "echo begins >&2; echo no compiler >&2; exit 1");
  const directory = tinyFlake(command.store, "failing", made("nixos-system-failing", `echo \${${part}} > $out`));
  const { code, stdout, stderr } = await command.closure(`${directory}#failing`, "--build");
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(
    stderr,
    /^nixos-vps: nix build failed: builder for '\S+-part\.drv' failed with exit code 1; its log ends with: begins \/ no compiler\n$/,
  );
});

const failures: readonly (readonly [what: string, files: Readonly<Record<string, string>>, said: RegExp])[] = [
  [
    "a file that is no Nix",
    { "flake.nix": "{ outputs = _:\n" },
    /^nixos-vps: evaluation of vps failed at flake\.nix:\d:\d+: syntax error, unexpected end of file\n$/,
  ],
  [
    "an attribute that is missing in a module",
    { "modules/web.nix": "{ }:\nlet x = { a = 1; }; in\n  x.b.c\n" },
    /^nixos-vps: evaluation of vps failed at modules\/web\.nix:3:3: attribute 'b' missing\nDid you mean a\?\n$/,
  ],
  [
    // Nix before 2.20 has no place for what is thrown.
    "assertions that fail, in several lines",
    { "modules/web.nix": '{ }: throw "\\nFailed assertions:\\n- In ${./web.nix} a\\n- b"' },
    /^nixos-vps: evaluation of vps failed(?: at modules\/web\.nix:1:6)?: Failed assertions:\n- In \S+web\.nix a\n- b\n$/,
  ],
  [
    "a host that is no NixOS system",
    { "flake.nix": "{ outputs = _: { nixosConfigurations.vps = { }; }; }" },
    /^nixos-vps: vps has no config\.system\.build\.toplevel: it is no NixOS system, [^\n]*\n$/,
  ],
];
for (const [what, files, said] of failures)
  test(`an evaluation that fails says where in the flake, and what Nix said: ${what}`, async () => {
    const directory = tinyFlake(command.store, "vps", "import ./modules/web.nix { }");
    try {
      mkdirSync(join(directory, "modules"));
      for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
      const { code, stdout, stderr } = await command.closure(`${directory}#vps`);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, said);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

const oddNames = ["my host", "a.b#c^d?e${f}%20\\it's-größe"];

test("hosts may have any name but one with a quotation mark in it", async () => {
  const directory = join(command.store.directory, "odd");
  mkdirSync(directory);
  const system = `{ config.system.build.toplevel = derivation {
    name = "nixos-system-odd"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo built > $out" ];
  }; }`;
  const attribute = (name: string): string => `"${name.replace(/["\\$]/g, "\\$&")}" = ${system};\n`;
  const hosts = [...oddNames, 'a"b'].map(attribute).join("");
  writeFileSync(join(directory, "flake.nix"), `{ outputs = _: { nixosConfigurations = {\n${hosts}}; }; }`);
  for (const name of oddNames) {
    const { code, stdout, stderr } = await command.closure(`${directory}#${name}`, "--build");
    assert.equal(code, 0, stderr);
    assert.equal(stdout.split("\n")[0], `${name}  120 B · 1 path`);
  }
  for (const subject of [`${directory}#a"b`, `${directory}#nixosConfigurations."a"b"`]) {
    const { code, stderr } = await command.closure(subject);
    assert.equal(code, 2);
    assert.match(stderr, /^nixos-vps: the host a"b has a quotation mark in its name, [^\n]*\n$/);
  }
});

test("an evaluation is cancelled with the command, also when that is killed outright", async () => {
  // Ten thousand million additions, in little memory.
  const sum = (inner: string): string =>
    `builtins.foldl' (sum: number: sum + ${inner}) 0 (builtins.genList (n: n) 100000)`;
  const directory = tinyFlake(command.store, "endless", `builtins.seq (${sum(`(${sum("number")})`)}) { }`);
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const child = startCommand(["closure", `${directory}#endless`, "--progress"], { cwd: directory, env: command.env });
    const stderr = text(child.stderr);
    await until(() => evaluations(directory).length > 0);
    child.kill(signal);
    const [code] = await once(child, "close");
    assert.equal(code, signal === "SIGTERM" ? 2 : null);
    if (signal === "SIGTERM") assert.match(await stderr, /interrupted/);
    await until(() => evaluations(directory).length === 0);
  }
});

test("a missing Nix and one that is none are one line each", async () => {
  const directory = tinyFlake(command.store, "any", "{ }");
  const run = (nix: string): Promise<CommandResult> =>
    runCommand(["closure", ".#any"], { cwd: directory, env: { ...command.env, NIXOS_VPS_NIX: nix } });
  const missing = await run("/nonexistent/nix");
  assert.equal(missing.code, 2);
  assert.equal(
    missing.stderr,
    "nixos-vps: /nonexistent/nix cannot be run as Nix: NIXOS_VPS_NIX (nixosVps.nix.path) names it.\n",
  );
  const other = await run("/bin/echo");
  assert.equal(other.code, 2);
  assert.match(
    other.stderr,
    /^nixos-vps: \/bin\/echo --version prints .* which is no version of Nix that is known; [^\n]*\n$/,
  );
});

test("an evaluation that takes too much memory says which variable to change", async () => {
  const directory = tinyFlake(
    command.store,
    "hungry",
    "builtins.seq (builtins.genList (number: number) 100000000) { }",
  );
  const { code, stderr } = await runCommand(["closure", `${directory}#hungry`], {
    cwd: directory,
    env: { ...command.env, NIXOS_VPS_NIX_MEMORY_MB: "500" },
  });
  assert.equal(code, 2);
  assert.match(stderr, /needs more than the 500 MB of memory it may use: set NIXOS_VPS_NIX_MEMORY_MB/);
});

/** Processes of Nix that evaluate a flake. */
function evaluations(directory: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return (
        !/^(?:sh|setpriv)$/.test(argv[0] ?? "") &&
        argv.includes("build") &&
        argv.some((word) => word.startsWith(`${directory}#`))
      );
    } catch {
      return false;
    }
  });
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < end, "it did not happen within 20 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
