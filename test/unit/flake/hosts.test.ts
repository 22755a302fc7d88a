import assert from "node:assert/strict";
import { relative } from "node:path";
import { test } from "node:test";
import { checkSources } from "../markedSources.ts";

/** Hosts of a flake as `name: modules`, with `?` when some import could not be followed. */
async function hostsOf(sources: string): Promise<string[]> {
  const { project, root } = await checkSources(sources);
  return project
    .hosts()
    .map(
      (host) =>
        `${host.name}${host.complete ? "" : "?"}: ${host.modules.map((file) => relative(root, file)).join(" ")}`,
    )
    .sort();
}

const cases: readonly { form: string; sources: string; expected: readonly string[] }[] = [
  {
    form: "plain nixosSystem with inline modules, directories, modulesPath and inputs",
    sources: `--@ flake.nix
{ outputs = { self, nixpkgs, disko, ... }: {
    nixosConfigurations.web = nixpkgs.lib.nixosSystem {
      system = "x86_64-linux";
      modules = [ disko.nixosModules.disko ./web { networking.hostName = "web"; } ({ modulesPath, ... }: { imports = [ (modulesPath + "/profiles/qemu-guest.nix") ./extra.nix ]; }) ];
    };
  }; }
--@ web/default.nix
{ imports = [ ../common.nix ]; }
--@ common.nix
{ }
--@ extra.nix
{ }
--@ unused.nix
{ }`,
    expected: ["web: common.nix extra.nix flake.nix web/default.nix"],
  },
  {
    form: "a helper function in another file, mapAttrs over readDir",
    sources: `--@ flake.nix
{ outputs = inputs@{ self, nixpkgs, ... }:
    let mkHost = import ./lib/mkHost.nix { inherit inputs; };
    in { nixosConfigurations = nixpkgs.lib.mapAttrs (name: _: mkHost name) (nixpkgs.lib.filterAttrs (n: t: t == "directory") (builtins.readDir ./hosts)); }; }
--@ lib/mkHost.nix
{ inputs }: name: inputs.nixpkgs.lib.nixosSystem { modules = [ ../hosts/\${name} ../modules ]; }
--@ hosts/a/default.nix
{ }
--@ hosts/b/default.nix
{ }
--@ hosts/README.nix
1
--@ modules/default.nix
{ imports = map (n: ./. + "/\${n}") [ "one.nix" ]; }
--@ modules/one.nix
{ }`,
    expected: [
      "a: hosts/a/default.nix modules/default.nix modules/one.nix",
      "b: hosts/b/default.nix modules/default.nix modules/one.nix",
    ],
  },
  {
    form: "genAttrs, self.nixosModules and optional imports",
    sources: `--@ flake.nix
{ outputs = { self, nixpkgs, ... }: {
    nixosModules = { base = ./base.nix; extra = import ./extra.nix; };
    nixosConfigurations = nixpkgs.lib.genAttrs [ "x" "y" ] (host: nixpkgs.lib.nixosSystem { modules = with self.nixosModules; [ base extra ] ++ nixpkgs.lib.optional (host == "x") ./x.nix; });
  }; }
--@ base.nix
{ }
--@ extra.nix
{ ... }: { }
--@ x.nix
{ }`,
    expected: ["x: base.nix extra.nix x.nix", "y: base.nix extra.nix"],
  },
  {
    form: "a library of the flake's own, found in a directory and put into lib",
    sources: `--@ flake.nix
{ outputs = inputs@{ nixpkgs, ... }:
    let lib = nixpkgs.lib.extend (final: prev: { my = import ./lib { inherit inputs; lib = final; }; });
    in { nixosConfigurations = lib.my.hostsIn ./hosts; }; }
--@ lib/default.nix
{ inputs, lib }:
let
  files = lib.filterAttrs (name: _: name != "default.nix") (builtins.readDir ./.);
  own = lib.makeExtensible (self: lib.mapAttrs' (name: _: lib.nameValuePair (lib.removeSuffix ".nix" name) (import (./. + "/\${name}") { inherit lib self; })) files);
in own.extend (final: prev: lib.foldr (a: b: a // b) { } (lib.attrValues prev))
--@ lib/systems.nix
{ lib, self }: with lib; {
  hostsIn = directory: mapAttrs (name: _: nixosSystem { modules = [ self.paths.common (directory + "/\${name}") ]; })
    (filterAttrs (name: _: builtins.pathExists (directory + "/\${name}/default.nix")) (builtins.readDir directory));
}
--@ lib/paths.nix
{ ... }: { common = ../common; }
--@ hosts/a/default.nix
{ lib, ... }: { imports = lib.my.whatever; }
--@ hosts/b/default.nix
{ }
--@ hosts/c/notes.nix
{ }
--@ common/default.nix
{ }`,
    expected: ["a?: common/default.nix hosts/a/default.nix", "b: common/default.nix hosts/b/default.nix"],
  },
  {
    form: "flake-parts with modules spread over files",
    sources: `--@ flake.nix
{ outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } { imports = [ ./parts/hosts.nix ./parts/base.nix ]; }; }
--@ parts/hosts.nix
{ inputs, config, withSystem, ... }: { flake.nixosConfigurations.h = inputs.nixpkgs.lib.nixosSystem { modules = [ config.flake.modules.nixos.base ../host.nix ]; }; }
--@ parts/base.nix
{ flake.modules.nixos.base = { config, ... }: { imports = [ ../shared.nix ]; }; }
--@ host.nix
{ }
--@ shared.nix
{ }`,
    expected: ["h: host.nix parts/base.nix shared.nix"],
  },
  {
    form: "colmena",
    sources: `--@ flake.nix
{ outputs = { nixpkgs, ... }: { colmena = { meta.nixpkgs = 1; defaults = ./defaults.nix; node = { imports = [ ./node.nix ]; }; }; }; }
--@ defaults.nix
{ }
--@ node.nix
{ }`,
    expected: ["node: defaults.nix flake.nix node.nix"],
  },
  {
    form: "a framework that finds hosts itself",
    sources: `--@ flake.nix
{ outputs = inputs: inputs.blueprint { inherit inputs; }; }
--@ hosts/web/configuration.nix
{ }
--@ hosts/common/default.nix
{ }`,
    expected: ["web?: hosts/web/configuration.nix"],
  },
  {
    form: "the flake itself as an argument of another name",
    sources: `--@ flake.nix
{ inputs.disko.url = "github:nix-community/disko";
  outputs = { self, nixpkgs, disko, ... }: {
    nixosModules.default = import ./modules;
    nixosConfigurations.h = nixpkgs.lib.nixosSystem { modules = [ ./h.nix ]; specialArgs = { dotfiles = self; inherit disko; }; };
  }; }
--@ h.nix
{ dotfiles, disko, ... }: { imports = [ dotfiles.nixosModules.default disko.nixosModules.default ]; }
--@ modules/default.nix
{ }`,
    expected: ["h: h.nix modules/default.nix"],
  },
  {
    form: "an import that cannot be followed makes the host incomplete",
    sources: `--@ flake.nix
{ outputs = { nixpkgs, ... }: { nixosConfigurations.h = nixpkgs.lib.nixosSystem { modules = [ ./h.nix ]; }; }; }
--@ h.nix
{ somewhere, ... }: { imports = [ somewhere.thing ]; }`,
    expected: ["h?: h.nix"],
  },
  {
    form: "modules that import each other",
    sources: `--@ flake.nix
{ outputs = { nixpkgs, ... }: { nixosConfigurations.h = nixpkgs.lib.nixosSystem { modules = [ ./a.nix ]; }; }; }
--@ a.nix
{ imports = [ ./b.nix ]; }
--@ b.nix
{ imports = [ ./a.nix (import ./b.nix) ]; }`,
    expected: ["h: a.nix b.nix"],
  },
];

for (const { form, sources, expected } of cases) {
  test(`hosts: ${form}`, async () => {
    assert.deepEqual(await hostsOf(sources), expected);
  });
}
