import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSources } from "../markedSources.ts";

const late = `environment.persistence."/persist".directories = [ "/etc/ssh" ];`;

/** Hosts of each finding about the late mount. */
async function hostsOfFindings(sources: string): Promise<readonly (readonly string[])[]> {
  const { findings } = await checkSources(sources);
  return findings.filter(({ rule }) => rule === "persist-dir-shadows-etc").map(({ hosts }) => hosts);
}

const flakeParts = (modules: string): string => `
--@ flake.nix
{
  outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } { imports = [ ./parts.nix ]; };
}
--@ parts.nix
{ config, inputs, ... }:
{
  ${modules}
}
`;

test("modules that are only offered by name are checked without a host", async () => {
  assert.deepEqual(await hostsOfFindings(flakeParts(`flake.nixosModules.ssh = { ${late} };`)), [[]]);
  assert.deepEqual(await hostsOfFindings(flakeParts(`flake.modules.nixos.ssh = { config, ... }: { ${late} };`)), [[]]);
  assert.deepEqual(await hostsOfFindings(flakeParts(`flake.modules.nixos.ssh = { imports = [ { ${late} } ]; };`)), [
    [],
  ]);
  const plain = `--@ flake.nix\n{ outputs = { self }: { nixosModules.ssh = { config, ... }: { ${late} }; }; }`;
  assert.deepEqual(await hostsOfFindings(plain), [[]]);
});

test("a module that a host imports by name is checked for that host only", async () => {
  const host = `flake.nixosConfigurations.vps = inputs.nixpkgs.lib.nixosSystem { modules = [ config.flake.modules.nixos.ssh ]; };`;
  assert.deepEqual(await hostsOfFindings(flakeParts(`flake.modules.nixos.ssh = { ${late} }; ${host}`)), [["vps"]]);
});

test("modules for other systems are not modules of NixOS", async () => {
  assert.deepEqual(await hostsOfFindings(flakeParts(`flake.modules.darwin.ssh = { ${late} };`)), []);
  assert.deepEqual(await hostsOfFindings(flakeParts(`flake.modules.homeManager.ssh = { ${late} };`)), []);
});

test("flake-parts is found when a function of the flake has changed its inputs", async () => {
  const sources = `
--@ flake.nix
{
  outputs = args: let inputs = import ./inputs.nix args; in inputs.flake-parts.lib.mkFlake { inherit inputs; } { imports = [ ./parts.nix ]; };
}
--@ inputs.nix
args: (import <patcher>) args
--@ parts.nix
{ flake.nixosModules.ssh = { ${late} }; }
`;
  assert.deepEqual(await hostsOfFindings(sources), [[]]);
});
