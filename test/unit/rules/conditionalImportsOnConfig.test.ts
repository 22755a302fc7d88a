import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSources, expectFindings } from "../markedSources.ts";

const rule = "conditional-imports-on-config";

test("a condition on config ends in an infinite recursion, in every way to write it", async () => {
  await expectFindings(
    rule,
    `
--@ optional.nix
{ config, lib, ... }: {
  imports = [ ./a.nix ] ++ lib.optional config.services.nginx.enable ./b.nix;
  #                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ conditional-imports-on-config error
}
--@ let.nix
{ config, lib, ... }:
let
  cfg = config.my.host;
  inherit (config.my.other) enable;
in
{
  imports = lib.optionals (cfg.vm && enable) [ ./a.nix ] ++ (if !cfg.vm then [ ./b.nix ] else [ ]);
  #                        ^^^^^^ conditional-imports-on-config
  #                                  ^^^^^^ conditional-imports-on-config
  #                                                              ^^^^^^ conditional-imports-on-config
}
--@ computed.nix
{ config, ... }: {
  imports = [ (./hosts + "/\${config.networking.hostName}.nix") ];
  #                          ^^^^^^^^^^^^^^^^^^^^^^^^^^ conditional-imports-on-config
}
--@ mapped.nix
{ config, ... }: {
  imports = map (name: ./hosts + "/\${name}.nix") config.my.roles;
  #                                              ^^^^^^^^^^^^^^^ conditional-imports-on-config
}
--@ filtered.nix
args@{ lib, ... }: {
  imports = builtins.filter (path: args.config.my.all) [ ./a.nix ./b.nix ];
  #                                ^^^^^^^^^^^^^^^^^^ conditional-imports-on-config
}
--@ element.nix
{ config, lib, ... }: {
  imports = lib.optional (builtins.elem "web" config.my.roles) ./a.nix;
  #                                           ^^^^^^^^^^^^^^^ conditional-imports-on-config
}
--@ members.nix
{ config, lib, ... }: {
  imports = lib.mapAttrsToList (name: _: ./hosts + "/\${name}.nix") config.my.guests;
  #                                                                ^^^^^^^^^^^^^^^^ conditional-imports-on-config
}
--@ with.nix
{ config, lib, ... }: {
  imports = with config.my; [ (if enable then ./a.nix else ./b.nix) ];
  #                               ^^^^^^ conditional-imports-on-config
}
--@ fetched.nix
{ pkgs, ... }:
let
  source = pkgs.fetchFromGitHub { owner = "a"; repo = "b"; };
  #        ^^^^^^^^^^^^^^^^^^^^ conditional-imports-on-config warning
in
{
  imports = [ "\${source}/module.nix" (source + "/other.nix") ];
}
--@ options.nix
{ options, lib, ... }: {
  imports = lib.optional (options ? disko) ./a.nix;
  #                       ^^^^^^^ conditional-imports-on-config error
}
--@ a.nix
{ }
--@ b.nix
{ }
`,
  );
});

test("pkgs is a warning, and nothing when the flake hands it to the modules itself", async () => {
  const module = (marker: string): string => `
--@ module.nix
{ pkgs, lib, ... }: {
  imports = lib.optional pkgs.stdenv.isLinux ./linux.nix;
${marker}
}
--@ linux.nix
{ }
`;
  await expectFindings(
    rule,
    module("  #                      ^^^^^^^^^^^^^^^^^^^ conditional-imports-on-config warning"),
  );
  await expectFindings(
    rule,
    `${module("")}
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem { specialArgs = { inherit inputs; inherit pkgs; }; modules = [ ./module.nix ]; };
  };
}
`,
  );
});

test("other package sets as special arguments are not pkgs", async () => {
  await expectFindings(
    rule,
    `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem { specialArgs = { inherit pkgs-unstable; x = pkgs.y; }; modules = [ ./module.nix ]; };
  };
}
--@ module.nix
{ pkgs, lib, ... }: {
  imports = lib.optional pkgs.stdenv.isLinux ./linux.nix;
  #                      ^^^^^^^^^^^^^^^^^^^ conditional-imports-on-config warning
}
--@ linux.nix
{ }
`,
  );
});

test("mkIf is nothing for the list of imports, nor for a path", async () => {
  await expectFindings(
    rule,
    `
--@ list.nix
{ lib, headless, ... }: {
  imports = lib.mkIf headless [ ./a.nix ];
  #         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ conditional-imports-on-config error
}
--@ path.nix
{ lib, headless, ... }: {
  imports = [ (lib.mkIf headless ./a.nix) ];
  #                              ^^^^^^^ conditional-imports-on-config error
}
--@ a.nix
{ }
`,
  );
});

test("conditions that are known before config are fine", async () => {
  await expectFindings(
    rule,
    `
--@ special.nix
{ lib, headless, inputs, hostname, modulesPath, osConfig, ... }: {
  imports = lib.optional headless ./a.nix
    ++ lib.optional (inputs ? disko) inputs.disko.nixosModules.disko
    ++ lib.optional (lib.versionAtLeast lib.version "25.11") ./a.nix
    ++ lib.optional osConfig.my.enable ./a.nix
    ++ lib.optional (builtins.pathExists (./hosts + "/\${hostname}.nix")) (./hosts + "/\${hostname}.nix")
    ++ [ (modulesPath + "/profiles/qemu-guest.nix") ];
}
--@ settings.nix
{ config, lib, pkgs, ... }: {
  imports = [
    ./a.nix
    (lib.mkIf config.services.nginx.enable { networking.firewall.allowedTCPPorts = [ 80 ]; })
    { environment.systemPackages = [ pkgs.git ]; }
    ({ config, lib, ... }: { services.nginx.enable = lib.mkIf config.my.web true; })
    (import ./function.nix { inherit config pkgs; })
    (lib.mkAliasOptionModule [ "me" ] [ "users" "users" config.my.name ])
  ];
  services.openssh.enable = config.my.ssh;
}
--@ function.nix
{ config, pkgs }: { environment.systemPackages = [ pkgs.git ]; networking.hostName = config.my.name; }
--@ a.nix
{ }
`,
  );
});

test("the config of an outer evaluation, or a name that hides it, is fine", async () => {
  await expectFindings(
    rule,
    `
--@ parts.nix
{ config, lib, ... }: {
  flake.modules.nixos.web = {
    imports = [ config.flake.modules.nixos.base ] ++ lib.optional config.my.flag config.flake.modules.nixos.extra;
  };
  flake.nixosModules.mail = { pkgs, ... }: {
    imports = lib.optional config.my.flag config.flake.modules.nixos.base;
  };
}
--@ apply.nix
{ config }: { lib, ... }: { imports = lib.optional config.enable ./a.nix; }
--@ shadowed.nix
{ lib, ... }:
let
  config = import ./site.nix;
in
{
  imports = lib.optional config.web ./a.nix;
}
--@ site.nix
{ web = true; }
--@ a.nix
{ }
`,
  );
});

test("a submodule is an evaluation of its own", async () => {
  await expectFindings(
    rule,
    `
{ config, lib, ... }: {
  options.my.users = lib.mkOption {
    type = lib.types.attrsOf (lib.types.submodule { imports = lib.optional config.my.flag ./a.nix; });
  };
}
--@ a.nix
{ }
`,
  );
});

test("a comment silences it", async () => {
  const { findings } = await checkSources(`
{ config, lib, ... }: {
  # nixos-vps: ignore conditional-imports-on-config: evaluated with its own config
  imports = lib.optional config.my.flag ./a.nix;
}
--@ a.nix
{ }
`);
  assert.deepEqual(findings, []);
});
