import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand, writeFiles } from "./command.ts";

const wrong: readonly (readonly [args: readonly string[], message: string])[] = [
  [[], "closure needs FLAKE#HOST or a store path (nixos-vps closure --help)"],
  [["."], '"." has no host: write .#HOST, with a name under nixosConfigurations'],
  [[".#"], '".#" has no host: write .#HOST, with a name under nixosConfigurations'],
  [["nothing"], '"nothing" does not exist: give FLAKE#HOST or a store path (nixos-vps closure --help)'],
  [["empty"], '"empty" has no flake.nix, and is no store path (nixos-vps closure --help)'],
  [["flake.nix"], '"flake.nix" is neither FLAKE#HOST nor a store path (nixos-vps closure --help)'],
  [[".#a", ".#b"], 'closure weighs one system, not also ".#b"'],
  [[".#a", "--format", "xml"], 'unknown format "xml": use text, json, markdown'],
  [[".#a", "--budget", "much"], '--budget needs a size such as 3 GB or 500MB, not "much"'],
  [[".#a", "--disk", "-1"], '--disk needs a size such as 3 GB or 500MB, not "-1"'],
  [[".#a", "--disk", "20"], "--disk 20 is 20 bytes? Write the unit, such as 20 GB"],
  [[".#a", "--ram", "512"], "--ram 512 is 512 bytes? Write the unit, such as 512 MB"],
  [[".#a", "--ram", "1 GB", "--facts", "facts.json"], "--facts says what --ram says: give one of them"],
  [[".#a", "--facts", "none.json"], "cannot read none.json: no such file or directory"],
  [
    [".#a", "--facts", "facts.json"],
    "facts.json says neither how large the disks are nor how much memory there is (nixos-vps inspect)",
  ],
  [[".#a", "--witout", "x"], 'unknown option --witout; did you mean "--without"? (nixos-vps closure --help)'],
  [[".#a", "--why", ""], "--why needs an argument: --why PATH (nixos-vps closure --help)"],
  [[".#a", "--store="], "--store needs an argument: --store URI (nixos-vps closure --help)"],
  [[".#a", "--diff", ""], "--diff needs an argument: --diff WHAT (nixos-vps closure --help)"],
  [[".#a", "--without", ""], "--without needs an argument: --without PKG (nixos-vps closure --help)"],
  [[".#a", "--without", ",,"], "--without needs the name of a package (nixos-vps closure --help)"],
];
for (const [args, message] of wrong) {
  test(`closure ${args.map((each) => JSON.stringify(each)).join(" ")}: what is wrong is one line, and nothing is run`, async (t) => {
    const files = { "flake.nix": "{ outputs = _: { }; }", "facts.json": '{ "disks": "unknown" }', "empty/x": "" };
    const cwd = writeFiles(t, files);
    const env = { NIXOS_VPS_NIX: "/nonexistent/nix", NIXOS_VPS_STATE_DIR: join(cwd, "state") };
    assert.deepEqual(await runCommand(["closure", ...args], { cwd, env }), {
      code: 2,
      stdout: "",
      stderr: `nixos-vps: ${message}\n`,
    });
  });
}
