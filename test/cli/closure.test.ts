import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommand, writeFiles } from "./command.ts";

/** Without Nix: all of it is said before anything is evaluated. */
const mistakes: readonly (readonly [readonly string[], string])[] = [
  [[], "closure needs FLAKE#HOST or a store path (nixos-vps closure --help)"],
  [["."], '"." has no host: write .#HOST, with a name under nixosConfigurations'],
  [[".#"], '".#" has no host: write .#HOST, with a name under nixosConfigurations'],
  [["nothing"], '"nothing" does not exist: give FLAKE#HOST or a store path (nixos-vps closure --help)'],
  [["empty"], '"empty" has no flake.nix, and is no store path (nixos-vps closure --help)'],
  [["flake.nix"], '"flake.nix" is neither FLAKE#HOST nor a store path (nixos-vps closure --help)'],
  [[".#web", "--why", ""], "--why needs an argument: --why PATH (nixos-vps closure --help)"],
  [[".#web", "--store="], "--store needs an argument: --store URI (nixos-vps closure --help)"],
  [[".#web", "--diff", ""], "--diff needs an argument: --diff WHAT (nixos-vps closure --help)"],
  [[".#web", "--without", ""], "--without needs an argument: --without PKG (nixos-vps closure --help)"],
  [[".#web", "--without", ",,"], "--without needs the name of a package (nixos-vps closure --help)"],
];
for (const [args, message] of mistakes) {
  test(`closure ${args.map((each) => JSON.stringify(each)).join(" ")}: says what is wrong`, async (t) => {
    const cwd = writeFiles(t, { "flake.nix": "{ }", "empty/x": "" });
    assert.deepEqual(await runCommand(["closure", ...args], { cwd, env: { PATH: "/nonexistent" } }), {
      code: 2,
      stdout: "",
      stderr: `nixos-vps: ${message}\n`,
    });
  });
}
