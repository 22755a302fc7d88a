import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";

const rule = "desktop-package-unconditional";

/** A virtual machine and a desktop that share `modules/hey.nix`. */
const flake = (...shared: readonly string[]): string => `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations = {
      web = nixpkgs.lib.nixosSystem { modules = [ ./hosts/web/default.nix ./modules/hey.nix ${shared.join(" ")} ]; };
      desk = nixpkgs.lib.nixosSystem { modules = [ ./hosts/desk/default.nix ./modules/hey.nix ${shared.join(" ")} ]; };
    };
  };
}
--@ hosts/web/default.nix
{ modulesPath, pkgs, ... }: {
  imports = [ (modulesPath + "/profiles/qemu-guest.nix") ];
  environment.systemPackages = [ pkgs.xclip ];
}
--@ hosts/desk/default.nix
{ pkgs, ... }: {
  services.desktopManager.plasma6.enable = true;
  environment.systemPackages = [ pkgs.firefox ];
}
`;

test("every form of a list in a shared module", async () => {
  await expectFindings(
    rule,
    `${flake("./modules/more.nix")}
--@ modules/hey.nix
{ config, lib, pkgs, unstable, ... }: {
  environment.systemPackages = with pkgs; [
    git
    grim
  # ^^^^ desktop-package-unconditional warning
    kdePackages.kate
  # ^^^^^^^^^^^^^^^^ desktop-package-unconditional
  ] ++ [ pkgs.unstable.wl-clipboard unstable.firefox (lib.hiPrio pkgs.kitty) (pkgs.discord.override { withVencord = true; }) ];
  #      ^^^^^^^^^^^^^^^^^^^^^^^^^^ desktop-package-unconditional
  #                                 ^^^^^^^^^^^^^^^^ desktop-package-unconditional
  #                                                  ^^^^^^^^^^^^^^^^^^^^^^^ desktop-package-unconditional
  #                                                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ desktop-package-unconditional
}
--@ modules/more.nix
{ config, lib, pkgs, ... }:
let
  tools = [ pkgs.jq pkgs.zbar ];
  #                 ^^^^^^^^^ desktop-package-unconditional
in
{
  options.my.packages = lib.mkOption { type = lib.types.listOf lib.types.package; default = [ ]; };
  config = {
    my.packages = [ pkgs.slurp ];
    #               ^^^^^^^^^^ desktop-package-unconditional
    environment = {
      systemPackages = lib.mkMerge [ tools config.my.packages ];
    };
    users.users.me.packages = builtins.attrValues { inherit (pkgs) mpv htop; };
    #                                                              ^^^ desktop-package-unconditional
    home-manager.users.me.home.packages = [ pkgs.obsidian ];
    #                                       ^^^^^^^^^^^^^ desktop-package-unconditional
  };
}
`,
  );
});

test("packages of another nixpkgs and of other flakes", async () => {
  await expectFindings(
    rule,
    `${flake()}
--@ modules/hey.nix
{ config, lib, pkgs, inputs, ... }:
let
  unstable = import inputs.nixpkgs-unstable { inherit (pkgs) system; };
in
{
  environment.systemPackages = [
    unstable.firefox
  # ^^^^^^^^^^^^^^^^ desktop-package-unconditional
    (import inputs.nixos-stable { system = "x86_64-linux"; }).vlc
  # ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ desktop-package-unconditional
    inputs.nixpkgs.legacyPackages.\${pkgs.system}.gimp
  # ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ desktop-package-unconditional
    inputs.zen-browser.packages.\${pkgs.system}.default
  # ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ desktop-package-unconditional
    inputs.agenix.packages.\${pkgs.system}.default
  ];
}
`,
  );
});

test("a condition that holds on the machine without a screen changes nothing", async () => {
  await expectFindings(
    rule,
    `${flake()}
--@ modules/hey.nix
{ config, lib, pkgs, ... }: {
  options.my.tools.enable = lib.mkOption { type = lib.types.bool; default = true; };
  config = lib.mkIf config.my.tools.enable {
    environment.systemPackages = [ pkgs.grim ];
    #                              ^^^^^^^^^ desktop-package-unconditional
  };
}
`,
  );
});

test("fonts are one finding, and none where fontconfig is off", async () => {
  const fonts = (setting: string): string => `${flake()}
--@ modules/hey.nix
{ pkgs, ... }: {
  ${setting}
  fonts.packages = [ pkgs.noto-fonts pkgs.noto-fonts-cjk-sans ];
`;
  await expectFindings(rule, `${fonts("")}  #     ^^^^^^^^ desktop-package-unconditional warning\n}`);
  await expectFindings(rule, `${fonts("fonts.fontconfig.enable = false;")}}`);
});

test("conditions, modules for desktops and what servers need are fine", async () => {
  await expectFindings(
    rule,
    `${flake("./modules/desktop/apps.nix", "./modules/off.nix")}
--@ modules/hey.nix
{ config, lib, pkgs, ... }: {
  environment.systemPackages = with pkgs; [
    git
    foot.terminfo
    xorg.xauth
    vimPlugins.feh
  ]
  ++ lib.optionals config.services.xserver.enable [ grim ]
  ++ lib.optional config.services.graphical-desktop.enable slurp
  ++ (if config.programs.hyprland.enable then [ wl-clipboard ] else [ ]);
  programs.firefox.package = pkgs.firefox;
  environment.etc."mime".text = "grim";
}
--@ modules/desktop/apps.nix
{ pkgs, ... }: { environment.systemPackages = [ pkgs.kitty ]; }
--@ modules/off.nix
{ config, lib, pkgs, ... }: {
  options.my.gui.enable = lib.mkEnableOption "programs with a window";
  config = lib.mkIf config.my.gui.enable { environment.systemPackages = [ pkgs.zbar ]; };
}
`,
  );
});

test("a module of no known host, and hosts that may have a screen, are fine", async () => {
  await expectFindings(
    rule,
    `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./modules/hey.nix ]; };
  };
}
--@ modules/hey.nix
{ pkgs, ... }: { environment.systemPackages = [ pkgs.grim ]; }
--@ modules/loose.nix
{ pkgs, ... }: { environment.systemPackages = [ pkgs.grim ]; }
`,
  );
});

test("a comment silences it", async () => {
  const { findings } = await checkSources(`${flake()}
--@ modules/hey.nix
{ pkgs, ... }: {
  # nixos-vps: ignore desktop-package-unconditional: only its command line is used
  environment.systemPackages = [ pkgs.zbar ];
}
`);
  assert.deepEqual(findings, []);
});

test("the fix puts all desktop packages of a list under a condition, comments and all", async () => {
  const fixed = await applyFix(
    rule,
    `${flake()}
--@ modules/hey.nix
{
  pkgs,
  ...
}:
{
  environment.systemPackages = with pkgs; [
    git
    grim # screenshots
    zbar
    htop
  ];
}
`,
  );
  assert.equal(
    fixed["modules/hey.nix"],
    `{
  config,
  lib,
  pkgs,
  ...
}:
{
  environment.systemPackages = with pkgs; [
    git
    htop
  ] ++ lib.optionals config.services.graphical-desktop.enable [
    grim # screenshots
    zbar
  ];
}
`,
  );
  assert.deepEqual(await findingsOf(rule, fixed), []);
});

test("the fix uses the switch for desktops that the flake has", async () => {
  const fixed = await applyFix(
    rule,
    `${flake("./modules/desktop/default.nix").replace("services.desktopManager.plasma6.enable = true;", "my.desktop.enable = true;")}
--@ modules/desktop/default.nix
{ config, lib, ... }: {
  options.my.desktop.enable = lib.mkEnableOption "a desktop";
  config = lib.mkIf config.my.desktop.enable { programs.hyprland.enable = true; };
}
--@ modules/hey.nix
{ config, lib, pkgs, ... }: {
  environment.systemPackages = lib.mkAfter [ pkgs.git pkgs.grim ];
  fonts.packages = [ pkgs.noto-fonts ];
}
`,
  );
  assert.equal(
    fixed["modules/hey.nix"],
    `{ config, lib, pkgs, ... }: {
  environment.systemPackages = lib.mkAfter ([ pkgs.git ] ++ lib.optionals config.my.desktop.enable [ pkgs.grim ]);
  fonts.packages = [ pkgs.noto-fonts ];
}
`,
  );
  const again = await applyFix(
    rule,
    Object.entries(fixed)
      .map(([path, text]) => `--@ ${path}\n${text}`)
      .join("\n"),
  );
  assert.match(
    again["modules/hey.nix"] ?? "",
    /fonts\.packages = lib\.optionals config\.my\.desktop\.enable \[ pkgs\.noto-fonts \];/,
  );
  assert.deepEqual(await findingsOf(rule, again), []);
});
