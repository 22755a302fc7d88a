import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";

const rule = "firmware-on-vm";

const flake = `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations = {
      web = nixpkgs.lib.nixosSystem { modules = [ ./hosts/web.nix ./common.nix ]; };
      desk = nixpkgs.lib.nixosSystem { modules = [ ./hosts/desk.nix ./common.nix ]; };
    };
  };
}
`;
const desk = `
--@ hosts/desk.nix
{ modulesPath, ... }: { imports = [ (modulesPath + "/installer/scan/not-detected.nix") ]; }
`;
const web = `
--@ hosts/web.nix
{ modulesPath, ... }: { imports = [ (modulesPath + "/profiles/qemu-guest.nix") ]; }
`;

test("not-detected.nix beside qemu-guest.nix, as nixos-generate-config writes it", async () => {
  await expectFindings(
    rule,
    `${flake}${desk}
--@ hosts/web.nix
{ lib, modulesPath, ... }: {
  imports = [
    (modulesPath + "/installer/scan/not-detected.nix")
  # ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ firmware-on-vm warning
    (modulesPath + "/profiles/qemu-guest.nix")
  ];
}
--@ common.nix
{ }
`,
  );
});

test("a shared module that switches it on for physical hosts reaches the virtual machine too", async () => {
  const { findings } = await expectFindings(
    rule,
    `${flake}${desk}${web}
--@ common.nix
{ lib, ... }: {
  hardware = {
    enableRedistributableFirmware = lib.mkDefault true;
    #                                             ^^^^ firmware-on-vm warning
    enableAllFirmware = true;
    #                   ^^^^ firmware-on-vm
  };
}
`,
  );
  for (const finding of findings.filter((each) => each.rule === rule)) assert.deepEqual(finding.hosts, ["web"]);
});

test("it is found through an option of the flake's own and a condition that holds", async () => {
  await expectFindings(
    rule,
    `${flake}${desk}
--@ hosts/web.nix
{
  services.qemuGuest.enable = true;
  my.firmware = true;
  #             ^^^^ firmware-on-vm
  my.common = true;
}
--@ common.nix
{ config, lib, ... }: {
  options.my = { firmware = lib.mkEnableOption "firmware"; common = lib.mkEnableOption "common"; };
  config = lib.mkIf config.my.common {
    hardware.enableRedistributableFirmware = config.my.firmware;
  };
}
`,
  );
});

test("switched off for the virtual machine, by mkForce, mkOverride or plainly, is fine", async () => {
  for (const off of ["lib.mkForce false", "lib.mkOverride 900 false", "false"]) {
    await expectFindings(
      rule,
      `${flake}${desk}
--@ hosts/web.nix
{ lib, modulesPath, ... }: {
  imports = [ (modulesPath + "/profiles/qemu-guest.nix") (modulesPath + "/installer/scan/not-detected.nix") ];
  hardware.enableRedistributableFirmware = ${off};
}
--@ common.nix
{ }
`,
    );
  }
  await expectFindings(
    rule,
    `${flake}${desk}
--@ hosts/web.nix
{ services.qemuGuest.enable = true; }
--@ common.nix
{ config, lib, ... }: {
  hardware.enableRedistributableFirmware = lib.mkIf (!config.services.qemuGuest.enable) true;
  hardware.cpu.amd.updateMicrocode = lib.mkDefault config.hardware.enableRedistributableFirmware;
}
`,
  );
});

test("a host of which not all modules are found may be told no by one that no host is known to import", async () => {
  await expectFindings(
    rule,
    `${flake.replace("./hosts/web.nix ", '(builtins.getEnv "EXTRA") ./hosts/web.nix ')}${desk}${web}
--@ common.nix
{ hardware.enableRedistributableFirmware = true; }
--@ guests.nix
{ lib, ... }: { hardware.enableRedistributableFirmware = lib.mkForce false; }
`,
  );
});

test("physical hosts, installers and machines with a real device are fine", async () => {
  await expectFindings(
    rule,
    `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations = {
      desk = nixpkgs.lib.nixosSystem { modules = [ ./vm-less.nix ./common.nix ]; };
      iso = nixpkgs.lib.nixosSystem { modules = [ ./iso.nix ./common.nix ]; };
      gpu = nixpkgs.lib.nixosSystem { modules = [ ./gpu.nix ./common.nix ]; };
    };
  };
}
--@ vm-less.nix
{ fileSystems."/".device = "/dev/nvme0n1p2"; }
--@ iso.nix
{ modulesPath, ... }: { imports = [ (modulesPath + "/profiles/qemu-guest.nix") (modulesPath + "/installer/cd-dvd/installation-cd-minimal.nix") ]; }
--@ gpu.nix
{ modulesPath, ... }: { imports = [ (modulesPath + "/profiles/qemu-guest.nix") ]; services.xserver.videoDrivers = [ "nvidia" ]; }
--@ common.nix
{ hardware.enableRedistributableFirmware = true; }
`,
  );
});

test("in a module of no known host, one file has to say both", async () => {
  await expectFindings(
    rule,
    `
--@ both.nix
{ modulesPath, ... }: {
  imports = [ (modulesPath + "/profiles/qemu-guest.nix") ];
  hardware.enableRedistributableFirmware = true;
  #                                        ^^^^ firmware-on-vm warning
}
--@ physical.nix
{ modulesPath, ... }: {
  imports = [ (modulesPath + "/installer/scan/not-detected.nix") ];
}
--@ leftover.nix
{ modulesPath, ... }: {
  imports = [ (modulesPath + "/profiles/qemu-guest.nix") (modulesPath + "/installer/scan/not-detected.nix") ];
  hardware.bluetooth.enable = true;
}
`,
  );
});

test("above the directory of a virtual machine of no known host it is a hint", async () => {
  await expectFindings(
    rule,
    `
--@ nixos/default.nix
{ modulesPath, ... }: {
  imports = [ (modulesPath + "/installer/scan/not-detected.nix") ];
  #           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ firmware-on-vm hint
}
--@ nixos/web/default.nix
{ modulesPath, ... }: { imports = [ (modulesPath + "/profiles/qemu-guest.nix") ]; }
`,
  );
});

test("a comment silences it", async () => {
  const { findings } = await checkSources(`
{ modulesPath, ... }: {
  imports = [ (modulesPath + "/profiles/qemu-guest.nix") ];
  hardware.enableRedistributableFirmware = true; # nixos-vps: ignore firmware-on-vm: a card is passed through
}
`);
  assert.deepEqual(findings, []);
});

test("the import goes from a file of the virtual machine", async () => {
  const fixed = await applyFix(
    rule,
    `${flake}${desk}
--@ hosts/web.nix
{ modulesPath, ... }: {
  imports = [
    (modulesPath + "/installer/scan/not-detected.nix") # generated
    (modulesPath + "/profiles/qemu-guest.nix")
  ];
}
--@ common.nix
{ }
`,
  );
  assert.equal(
    fixed["hosts/web.nix"],
    `{ modulesPath, ... }: {
  imports = [
    (modulesPath + "/profiles/qemu-guest.nix")
  ];
}
`,
  );
  assert.deepEqual(await findingsOf(rule, fixed), []);
});

test("a shared module stays, and the virtual machine says no for itself", async () => {
  const fixed = await applyFix(
    rule,
    `${flake}${desk}
--@ hosts/web.nix
{
  config,
  modulesPath,
  ...
}:
{
  imports = [
    (modulesPath + "/profiles/qemu-guest.nix")
  ];

  networking.hostName = "web";
}
--@ common.nix
{ hardware.enableRedistributableFirmware = true; }
`,
  );
  assert.equal(
    fixed["hosts/web.nix"],
    `{
  lib,
  config,
  modulesPath,
  ...
}:
{
  imports = [
    (modulesPath + "/profiles/qemu-guest.nix")
  ];
  hardware.enableRedistributableFirmware = lib.mkForce false;

  networking.hostName = "web";
}
`,
  );
  assert.equal(fixed["common.nix"], "{ hardware.enableRedistributableFirmware = true; }\n");
  assert.deepEqual(await findingsOf(rule, fixed), []);
});

test("in a module with config at the top the line stands behind another setting", async () => {
  const fixed = await applyFix(
    rule,
    `${flake}${desk}
--@ hosts/web.nix
{ lib, ... }: {
  config = {
    boot.loader.grub.device = "/dev/vda"; # BIOS
    networking.hostName = "web"; # its name
  };
}
--@ common.nix
{ hardware.enableRedistributableFirmware = true; }
`,
  );
  assert.equal(
    fixed["hosts/web.nix"],
    `{ lib, ... }: {
  config = {
    boot.loader.grub.device = "/dev/vda"; # BIOS
    networking.hostName = "web"; # its name
    hardware.enableRedistributableFirmware = lib.mkForce false;
  };
}
`,
  );
  assert.deepEqual(await findingsOf(rule, fixed), []);
});

test("a module function that is applied for each host is one shared module", async () => {
  const fixed = await applyFix(
    rule,
    `
--@ flake.nix
{
  outputs = { nixpkgs, ... }:
    let mkHost = module: nixpkgs.lib.nixosSystem { modules = [ module (import ./common.nix { inherit nixpkgs; }) ]; };
    in { nixosConfigurations = { web = mkHost ./hosts/web.nix; desk = mkHost ./hosts/desk.nix; }; };
}
${desk}${web}
--@ common.nix
{ nixpkgs }: { ... }: { hardware.enableRedistributableFirmware = true; }
`,
  );
  assert.equal(fixed["common.nix"], "{ nixpkgs }: { ... }: { hardware.enableRedistributableFirmware = true; }\n");
  assert.match(fixed["hosts/web.nix"] ?? "", /lib\.mkForce false/);
});
