import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";

const rule = "dev-toolchain-on-server";

const flake = (host: string, body = ""): string => `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations = {
      ${host} = nixpkgs.lib.nixosSystem { modules = [ ./hosts/${host}/default.nix ./modules/base.nix ]; };
      desk = nixpkgs.lib.nixosSystem { modules = [ ./hosts/desk/default.nix ./modules/base.nix ]; };
    };
  };
}
--@ hosts/desk/default.nix
{ services.xserver.enable = true; my.dev.rust.enable = true; }
--@ hosts/${host}/default.nix
{ modulesPath, pkgs, ... }: {
  imports = [ (modulesPath + "/profiles/qemu-guest.nix") ];
  ${body}
`;
const languages = `
--@ modules/base.nix
{ config, lib, pkgs, ... }: {
  options.my.dev = lib.genAttrs [ "cc" "rust" "lua" ] (name: { enable = lib.mkEnableOption name; xdg.enable = lib.mkEnableOption name; });
}
`;

test("a compiler in a shared module", async () => {
  await expectFindings(
    rule,
    `${flake("web")}}
--@ modules/base.nix
{ lib, config, pkgs, ... }: {
  environment.systemPackages = with pkgs; [ git gcc llvmPackages_18.clang python3 nodejs_22 ];
  #                                             ^^^ dev-toolchain-on-server warning
  #                                                 ^^^^^^^^^^^^^^^^^^^^^ dev-toolchain-on-server
  #                                                                               ^^^^^^^^^ dev-toolchain-on-server
}
`,
  );
});

test("a switch for a language on a machine without a screen", async () => {
  await expectFindings(
    rule,
    `${flake(
      "web",
      `my.dev = {
    cc.enable = true;
    #           ^^^^ dev-toolchain-on-server warning
    cc.xdg.enable = true;
    lua.enable = true;
    rust.enable = false;
  };`,
    )}}
${languages}
`,
  );
});

test("what the host itself lists, and what stands under a condition, is fine", async () => {
  await expectFindings(
    rule,
    `${flake("web", "environment.systemPackages = [ pkgs.go ];")}}
--@ modules/base.nix
{ config, lib, pkgs, ... }: {
  environment.systemPackages = lib.optionals config.services.xserver.enable [ pkgs.gcc pkgs.rustup ];
  systemd.services.build.path = [ pkgs.gcc ];
}
`,
  );
});

test("of a switch and the packages behind it, the switch is named", async () => {
  await expectFindings(
    rule,
    `${flake("web", "my.dev.cc.enable = true;\n  #                  ^^^^ dev-toolchain-on-server")}}
--@ modules/base.nix
{ config, lib, pkgs, ... }:
let cfg = config.my.dev.cc; in {
  options.my.dev.cc.enable = lib.mkEnableOption "C";
  config = lib.mkIf cfg.enable { environment.systemPackages = [ pkgs.gcc ]; };
}
`,
  );
});

test("machines that build are fine", async () => {
  const base = `
--@ modules/base.nix
{ pkgs, ... }: { environment.systemPackages = [ pkgs.gcc ]; }
`;
  await expectFindings(rule, `${flake("build01")}}${base}`);
  await expectFindings(rule, `${flake("web", "services.hydra.enable = true;")}}${base}`);
  await expectFindings(rule, `${flake("web", 'services.github-runners.a.url = "https://example.org";')}}${base}`);
});

test("a comment silences it", async () => {
  const { findings } =
    await checkSources(`${flake("web", "my.dev.cc.enable = true; # nixos-vps: ignore dev-toolchain-on-server: compiles its own kernel")}
}
${languages}
`);
  assert.deepEqual(findings, []);
});

test("the fix switches the language off, or puts the packages under a condition", async () => {
  const off = await applyFix(rule, `${flake("web", "my.dev.cc.enable = true; # for now")}}${languages}`);
  assert.match(off["hosts/web/default.nix"] ?? "", / {2}my\.dev\.cc\.enable = false; # for now\n/);
  assert.deepEqual(await findingsOf(rule, off), []);

  const moved = await applyFix(
    rule,
    `${flake("web")}}
--@ modules/base.nix
{ pkgs, ... }:
{
  environment.systemPackages = [ pkgs.git pkgs.gcc ];
}
`,
  );
  assert.equal(
    moved["modules/base.nix"],
    `{ config, lib, pkgs, ... }:
{
  environment.systemPackages = [ pkgs.git ] ++ lib.optionals config.services.graphical-desktop.enable [ pkgs.gcc ];
}
`,
  );
  assert.deepEqual(await findingsOf(rule, moved), []);
});
